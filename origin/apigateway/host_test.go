package apigateway

import (
	"fmt"
	"strings"
	"testing"
)

func TestHost(t *testing.T) {
	for _, tt := range []struct{ id, region, want string }{
		{"a1b2c3d4e5", "us-east-1", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"},
		{"a1b2c3d4e5", "cn-north-1", "a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn"},
	} {
		if got := Host(tt.id, tt.region); got != tt.want {
			t.Errorf("AG-HOST-01: Host(%q, %q) = got %q, want %q", tt.id, tt.region, got, tt.want)
		}
	}
}

func TestValidAPIID(t *testing.T) {
	for in, want := range map[string]bool{
		"a1b2c3d4e5": true, "a1b2c3d4e": false, "a1b2c3d4e5f": false,
		"A1b2c3d4e5": false, "a1b2c3d4e-": false, "": false,
	} {
		if got := ValidAPIID(in); got != want {
			t.Errorf("AG-HOST-01: ValidAPIID(%q) = got %v, want %v", in, got, want)
		}
	}
}

func TestValidStage(t *testing.T) {
	for in, want := range map[string]bool{
		"prod": true, "V2_beta-1": true, strings.Repeat("s", 128): true,
		"": false, "$default": false, "a/b": false, strings.Repeat("s", 129): false,
	} {
		if got := ValidStage(in); got != want {
			t.Errorf("AG-HOST-03: ValidStage(%q) = got %v, want %v", in, got, want)
		}
	}
}

func ExampleHost() {
	fmt.Println(Host("a1b2c3d4e5", "eu-west-1"))
	// Output: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com
}
