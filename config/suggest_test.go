package config

import "testing"

func TestOnlyBeginning(t *testing.T) {
	keys := []string{"viewer_protocol_policy", "cache_policy_id", "compress", "origins", "origins_defaults", "origin_groups"}
	for word, want := range map[string]string{
		"compres":         `did you mean "compress"?`,
		"cmopress":        `did you mean "compress"?`,
		"viewer_protocol": `did you mean "viewer_protocol_policy"?`,
		"orig":            "", // three begin with it
		"com":             "", // too short to say
		"colour":          "",
	} {
		if got := didYouMean(word, keys); got != want {
			t.Errorf("didYouMean(%q): got %q, want %q", word, got, want)
		}
	}
}
