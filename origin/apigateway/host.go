package apigateway

import "strings"

// Host returns the default endpoint's host name of an API, for example
// "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" (AG-HOST-01). It is also
// the only Host and SNI that endpoint serves, which is why the edge must not
// forward the viewer's Host to it (AG-SNI-01).
func Host(apiID, region string) string {
	suffix := ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		suffix = ".amazonaws.com.cn"
	}
	return apiID + ".execute-api." + region + suffix
}

// ValidAPIID reports whether id has the form of an API id: 10 lower-case
// letters and digits (AG-HOST-01).
func ValidAPIID(id string) bool {
	return len(id) == 10 && consistsOf(id, lowerAlphanumeric)
}

// ValidStage reports whether name can be a stage: 1-128 letters, digits,
// '_' and '-' (AG-HOST-03). The HTTP API's "$default" is not one of them.
func ValidStage(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	return name != "" && len(name) <= 128 && consistsOf(name, letters)
}

func consistsOf(s, alphabet string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) < 0
}
