package standin

import (
	"strings"
	"testing"
)

type versionAnswer struct {
	Deployment string            `json:"deployment"`
	Variables  map[string]string `json:"stage_variables"`
}

// TestCanary: each request is drawn, and a canary sees its own variables
// (AG-CAN-01, AG-STG-01).
func TestCanary(t *testing.T) {
	o := Options{
		StageVariables: map[string]string{"color": "blue", "region": "eu"},
		Canary:         Canary{Percent: 30, StageVariables: map[string]string{"color": "green"}},
	}
	s := newTest(t, o)
	drawn := map[string]int{}
	for range 1000 {
		got := decode[versionAnswer](t, send(s, "GET /prod/version"))
		color := map[string]string{"dep1oy": "blue", "canary": "green"}[got.Deployment]
		if got.Variables["color"] != color || got.Variables["region"] != "eu" {
			t.Fatalf("%s: got variables %v, want color %s and region eu", got.Deployment, got.Variables, color)
		}
		drawn[got.Deployment]++
	}
	if n := drawn["canary"]; n < 250 || n > 350 || n+drawn["dep1oy"] != 1000 {
		t.Errorf("a canary of 30 percent: got %v of 1000, want about 300", drawn)
	}
	if s, again := newTest(t, o), newTest(t, o); send(s, "GET /prod/version").Body.String() != send(again, "GET /prod/version").Body.String() {
		t.Error("AG-EMU-10: two stand-ins of one seed draw differently")
	}
}

func TestCanaryBounds(t *testing.T) {
	for _, tt := range []struct {
		percent float64
		want    string
	}{{0, "dep1oy"}, {100, "canary"}} {
		s := newTest(t, Options{Canary: Canary{Percent: tt.percent, StageVariables: map[string]string{"a": "b"}}})
		for range 50 {
			if got := decode[versionAnswer](t, send(s, "GET /prod/version")).Deployment; got != tt.want {
				t.Fatalf("%v percent: got %s, want %s", tt.percent, got, tt.want)
			}
		}
	}
	for name, o := range map[string]Options{
		"below 0":         {Canary: Canary{Percent: -1}},
		"above 100":       {Canary: Canary{Percent: 101}},
		"AG-CAN-01 HTTP":  {Flavor: FlavorHTTP, Canary: Canary{Percent: 1}},
		"AG-STG-01 name":  {StageVariables: map[string]string{strings.Repeat("n", 65): ""}},
		"AG-STG-01 value": {StageVariables: map[string]string{"n": strings.Repeat("v", 513)}},
		"AG-STG-01 blank": {Canary: Canary{StageVariables: map[string]string{"n": "a b"}}},
	} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
