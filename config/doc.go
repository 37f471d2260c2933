// Package config is the configuration as plain data: a tree of structs with
// one file per CloudFront noun, and the strict reader of the native YAML
// grammar that fills it.
//
// A property is declared once, as a struct field with its tags; the reader
// (walk.go), the printer (print.go) and the JSON Schema (schema.go) all follow
// from that declaration:
//
//	config:"path_pattern,required"   the key, and whether it must be present
//	config:"name,key"                the field is the key of the map entry
//	config:"value,scalar"            the field is the whole value of the entry
//	omit:"path_pattern"              a key of the field's struct that is not allowed here
//	default:"30s"                    the effective value when the key is absent
//	range:"1s..120s"                 inclusive bounds
//	rule:"CF-ORT-03"                 the statement the bounds come from
//	unless:"file"                    a key with which a required one may be absent
//	aws:"ARN"                        AWS's key where it does not follow; "-" for none
//
// Reading has five steps, each in its own file: yaml.go turns text into a tree
// of nodes with positions, merge.go lays later files over earlier ones,
// walk.go fills the structs and reports unknown, repeated and mistyped keys,
// resolve.go settles inherited and derived values, and the check_*.go files
// hold the rules that AWS would apply. All problems are reported at once, with
// file, line and column (Diagnostic).
//
// Web ACLs, rule groups and sets may stand in documents of AWS, which come in
// between the second step and the third: awsdocument.go finds what such a
// document has, awsspelling.go puts it into the native spelling.
//
// Nothing is silently ignored. A property of a feature that does not exist yet
// is refused by its name (notbuilt.go), never skipped.
//
// config is a leaf of the import tree beside package managed, which is a part
// of it. It knows nothing of the code that runs a configuration: that meeting
// happens in config/compile.
package config
