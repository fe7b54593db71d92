"""Verifies webhooks with Standard Webhooks' library for Python: one JSON line each, answered with "yes" or why not."""

import json
import sys

from standardwebhooks.webhooks import Webhook

with open(sys.argv[1], encoding="utf-8") as given, open(sys.argv[2], "w", encoding="utf-8") as answered:
    for line in given:
        webhook = json.loads(line)
        try:
            Webhook(webhook["secret"]).verify(webhook["body"], webhook["headers"])
            answered.write("yes\n")
        except Exception as error:
            answered.write(f"no: {error!r}\n")
