package selection

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestIncludes(t *testing.T) {
	tests := []struct {
		in   Selection
		name string
		want bool
	}{
		{Selection{}, "a", false},
		{Selection{Behavior: BehaviorAll}, "a", true},
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"b", "a"}}, "a", true},
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a"}}, "c", false},
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a"}}, "A", false},   // CF-KEY-15, CF-KEY-23
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a*"}}, "ab", false}, // CF-KEY-08
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a*"}}, "a*", true},  // CF-KEY-08
		{Selection{Behavior: BehaviorAllExcept, Names: []string{"a"}}, "a", false},
		{Selection{Behavior: BehaviorAllExcept, Names: []string{"a"}}, "b", true},
		{Selection{Behavior: BehaviorAllExcept + 1}, "a", false},
	}
	for _, test := range tests {
		if got := test.in.Includes(test.name); got != test.want {
			t.Errorf("%v %q includes %q: got %v, want %v", test.in.Behavior, test.in.Names, test.name, got, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		in   Selection
		want string // part of the error, "" for none
	}{
		{Selection{}, ""},
		{Selection{Behavior: BehaviorAll}, ""},
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a"}}, ""},
		{Selection{Behavior: BehaviorAllExcept, Names: []string{"a"}}, ""},
		{Selection{Names: []string{"a"}}, "none takes no names"},
		{Selection{Behavior: BehaviorAll, Names: []string{"a"}}, "all takes no names"},
		{Selection{Behavior: BehaviorWhitelist}, "whitelist needs names"},
		{Selection{Behavior: BehaviorAllExcept}, "allExcept needs names"},
		{Selection{Behavior: BehaviorWhitelist, Names: []string{"a", ""}}, "empty name"},
		{Selection{Behavior: 9}, "unknown behavior 9"},
	}
	for _, test := range tests {
		err := test.in.Check()
		if test.want == "" && err != nil {
			t.Errorf("%+v: got %v, want no error", test.in, err)
		}
		if test.want != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: got %v, want ErrInvalid with %q", test.in, err, test.want)
		}
	}
}

func TestBehaviorString(t *testing.T) {
	want := []string{"none", "all", "whitelist", "allExcept", "Behavior(?)"}
	for i, w := range want {
		if got := Behavior(i).String(); got != w {
			t.Errorf("Behavior(%d): got %q, want %q", i, got, w)
		}
	}
}

func ExampleSelection_Includes() {
	s := Selection{Behavior: BehaviorAllExcept, Names: []string{"session"}}
	fmt.Println(s.Includes("session"), s.Includes("page"))
	// Output: false true
}
