export type Put<T> = { readonly created: boolean; readonly value: T };
