package config

import (
	"reflect"
	"slices"
	"strings"
)

// Actions of web ACLs are a word or a mapping of it to what the action carries.

// action is the mapping form.
type action struct {
	Allow *passingAction `config:"allow"`
	Block *blockAction   `config:"block"`
	Count *passingAction `config:"count"`

	Captcha   *passingAction `config:"captcha"`
	Challenge *passingAction `config:"challenge"`
}

type passingAction struct {
	// CustomRequestHandling inserts headers into the request.
	CustomRequestHandling *CustomRequestHandling `config:"custom_request_handling"`
}

type blockAction struct {
	// CustomResponse answers the request.
	CustomResponse *CustomResponse `config:"custom_response"`
}

// readNode reads any action.
func (a *RuleAction) readNode(r *reader, n *node, at path) { a.read(r, n, at, nil) }

// readNode reads allow or block.
func (a *DefaultAction) readNode(r *reader, n *node, at path) {
	(*RuleAction)(a).read(r, n, at, notByDefault)
}

// notByDefault are the actions that do not end an evaluation.
var notByDefault = []string{string(ActionCount), string(ActionCaptcha), string(ActionChallenge)}

// read reads either form without the actions in omit.
func (a *RuleAction) read(r *reader, n *node, at path, omit []string) {
	words := slices.DeleteFunc(ActionKind("").values(), func(w string) bool { return slices.Contains(omit, w) })
	switch {
	case n.kind == kindString && slices.Contains(omit, n.text):
		r.at(n.pos, unknownValue, at, "unknown value %q, want %s", n.text, oneOf(words))
	case n.kind == kindString:
		r.word(n, reflect.ValueOf(&a.Kind).Elem(), at)
	case n.kind != kindMap:
		r.at(n.pos, wrongType, at, "want %s, or a mapping with one of them, got %s", oneOf(words), describe(n))
	default:
		var forms action
		r.structure(n, reflect.ValueOf(&forms).Elem(), at, n.pos, omit)
		if len(n.entries) != 1 && !r.reported(at) {
			r.at(n.pos, badValue, at, "want exactly one of %s", strings.Join(words, ", "))
		}
		a.take(&forms)
	}
}

func (a *RuleAction) take(f *action) {
	switch {
	case f.Block != nil:
		a.Kind, a.CustomResponse = ActionBlock, f.Block.CustomResponse
	case f.Allow != nil:
		a.Kind, a.CustomRequestHandling = ActionAllow, f.Allow.CustomRequestHandling
	case f.Count != nil:
		a.Kind, a.CustomRequestHandling = ActionCount, f.Count.CustomRequestHandling
	case f.Captcha != nil:
		a.Kind, a.CustomRequestHandling = ActionCaptcha, f.Captcha.CustomRequestHandling
	case f.Challenge != nil:
		a.Kind, a.CustomRequestHandling = ActionChallenge, f.Challenge.CustomRequestHandling
	}
}

func (a *RuleAction) printNode() *node {
	var carried any
	switch {
	case a.Kind == "":
		return nil
	case a.CustomResponse != nil:
		carried = blockAction{a.CustomResponse}
	case a.CustomRequestHandling != nil:
		carried = passingAction{a.CustomRequestHandling}
	default:
		return &node{kind: kindString, text: string(a.Kind)}
	}
	n := &node{kind: kindMap}
	n.set(string(a.Kind), printStruct(reflect.ValueOf(carried), nil))
	return n
}

func (a *DefaultAction) printNode() *node { return (*RuleAction)(a).printNode() }

func (*RuleAction) schema() map[string]any { return actionSchema(nil) }

func (*DefaultAction) schema() map[string]any { return actionSchema(notByDefault) }

func actionSchema(omit []string) map[string]any {
	words := slices.DeleteFunc(ActionKind("").values(), func(w string) bool { return slices.Contains(omit, w) })
	g := &schemaWriter{inline: true}
	forms := g.structure(reflect.TypeFor[action](), omit)
	forms["minProperties"], forms["maxProperties"] = 1, 1
	return map[string]any{"oneOf": []any{map[string]any{"enum": words}, forms}}
}
