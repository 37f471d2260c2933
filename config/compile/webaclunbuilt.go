package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
)

// What package config reads of web ACLs and nothing evaluates yet is refused
// here, by its position.

// errorAt returns an error about the value at a path of the configuration.
func (k *firewall) errorAt(at, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if p, written := k.config.Position(at); written {
		return fmt.Errorf("%s:%d:%d: %s", p.File, p.Line, p.Column, message)
	}
	return fmt.Errorf("%s: %s", at, message)
}

func (k *firewall) unbuilt(at, what string) error { return k.errorAt(at, "%s is not built yet", what) }

// unbuiltKeys returns an error if one of keys is written in the mapping at a
// path.
func (k *firewall) unbuiltKeys(at string, keys ...string) error {
	for _, key := range keys {
		if here := config.KeyPath(at, key); k.written(here) {
			return k.unbuilt(here, key)
		}
	}
	return nil
}

func (k *firewall) written(at string) bool {
	_, written := k.config.Position(at)
	return written
}

func (k *firewall) unbuiltACL(at string) error {
	if err := k.unbuiltKeys(at); err != nil {
		return err
	}
	return nil
}

func (k *firewall) unbuiltRule(r *config.WebACLRule, at string) error {
	return nil
}

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
