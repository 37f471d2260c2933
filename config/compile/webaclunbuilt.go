package compile

import (
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
)

// What package config reads of web ACLs and nothing evaluates yet is refused
// here, by its position.

func (k *firewall) unbuilt(at, what string) error { return k.errorAt(at, "%s is not built yet", what) }

// unbuiltField refuses what nothing gives to the firewall yet.
func (k *firewall) unbuiltField(f waf.FieldKind, at string) error {
	switch f {
	case waf.FieldBody:
		return k.unbuilt(config.KeyPath(at, "body"), "body inspection")
	case waf.FieldJsonBody:
		return k.unbuilt(config.KeyPath(at, "json_body"), "body inspection")
	}
	return nil
}
