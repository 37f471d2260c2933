package config

import "strings"

// OriginLambda is a Lambda function that answers for the origin, as behind a
// function URL, by the invoke API of an emulator: sam local start-lambda, or the
// Runtime Interface Emulator in a container. Not at AWS.
type OriginLambda struct {
	// Endpoint is where the invoke API is, such as http://localhost:3001.
	Endpoint Endpoint `config:"endpoint,required"`

	// FunctionName is the function's name there. Default "function", the only one
	// that the Runtime Interface Emulator knows.
	FunctionName string `config:"function_name" default:"function"`

	// PayloadFormatVersion is 2.0 for the events and results of a function URL, 1.0
	// for those of a REST API. Default 2.0.
	PayloadFormatVersion PayloadFormatVersion `config:"payload_format_version" default:"2.0"`

	// MaxConcurrency bounds the invocations at once; 64 requests more may wait, and
	// others are answered with 429. Default 1, for more than one the Runtime
	// Interface Emulator has no room.
	MaxConcurrency int `config:"max_concurrency" default:"1" range:"1..1000"`
}

// PayloadFormatVersion is the form of events and results.
type PayloadFormatVersion string

// The payload format versions.
const (
	PayloadFormatVersion1 PayloadFormatVersion = "1.0"
	PayloadFormatVersion2 PayloadFormatVersion = "2.0"
)

func (PayloadFormatVersion) values() []string { return []string{"2.0", "1.0"} }

func (k *checker) originLambda(o *Origin, at path) {
	l := o.Lambda
	if l == nil {
		return
	}
	if o.Directory != nil || !o.ConnectTo.IsZero() {
		k.fail(at, badLambda, "origin %q has lambda besides directory or connect_to: one of them can answer", o.Name)
	}
	if !functionName(l.FunctionName) {
		k.fail(at.key("function_name"), badLambda, "%q is not the name of a function: want 1 to 140 letters, digits, - and _", l.FunctionName)
	}
}

func functionName(name string) bool {
	return name != "" && len(name) <= 140 && strings.IndexFunc(name, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) < 0
}
