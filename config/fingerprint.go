package config

import "reflect"

// Fingerprint returns all that is configured of the origin, as text that is the
// same for two origins configured alike.
func (o *Origin) Fingerprint() string {
	return string(formatYAML(printStruct(reflect.ValueOf(*o), nil)))
}
