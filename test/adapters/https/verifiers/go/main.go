// Verifies webhooks with Standard Webhooks' library for Go: one JSON line each, answered with "yes" or why not.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type webhook struct {
	Secret  string            `json:"secret"`
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
}

func verdict(line []byte) string {
	var given webhook
	if err := json.Unmarshal(line, &given); err != nil {
		return "no: " + err.Error()
	}
	headers := http.Header{}
	for name, value := range given.Headers {
		headers.Set(name, value)
	}
	verifier, err := standardwebhooks.NewWebhook(given.Secret)
	if err == nil {
		err = verifier.Verify([]byte(given.Body), headers)
	}
	if err != nil {
		return "no: " + err.Error()
	}
	return "yes"
}

func main() {
	given, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	answered, err := os.Create(os.Args[2])
	if err != nil {
		panic(err)
	}
	defer answered.Close()
	lines := bufio.NewScanner(given)
	lines.Buffer(nil, 64*1024*1024)
	for lines.Scan() {
		fmt.Fprintln(answered, verdict(lines.Bytes()))
	}
	if lines.Err() != nil {
		panic(lines.Err())
	}
}
