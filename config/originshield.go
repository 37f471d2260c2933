package config

import "strings"

// OriginShield is AWS's OriginShield: a cache of all edges before one origin.
// One process is one tier of cache (CF-OS-06), so the shield is another one: a
// Groundfront, or a CloudFront distribution, that DomainName or ConnectTo leads
// to.
type OriginShield struct {
	// Enabled says that what the origin is asked through is a shield: what that
	// has in its cache is logged as OriginShieldHit (CF-OS-03). Default false.
	Enabled bool `config:"enabled"`

	// OriginShieldRegion is the AWS region of the shield, such as us-east-1;
	// required if Enabled. It decides nothing here.
	OriginShieldRegion string `config:"origin_shield_region"`
}

// originShield applies what AWS demands and says what is otherwise here.
func (k *checker) originShield(s *OriginShield, at path) {
	if s == nil {
		return
	}
	region := at.key("origin_shield_region")
	switch {
	case s.OriginShieldRegion != "" && !awsRegion(s.OriginShieldRegion):
		k.fail(region, badOriginShield, "%q is not the name of an AWS region such as us-east-1", s.OriginShieldRegion)
	case s.Enabled && s.OriginShieldRegion == "":
		k.fail(at, badOriginShield, "origin_shield is enabled without origin_shield_region (CF-OS-04)")
	case s.Enabled:
		k.fail(at, shieldElsewhere, "origin_shield: this process is one tier of cache and asks the origin itself (CF-OS-06)").Suggestion =
			"let connect_to lead to another Groundfront, whose hits are then logged as OriginShieldHit"
	}
}

// awsRegion reports whether s has the form of a region's name: two letters, one
// word or more, a digit.
func awsRegion(s string) bool {
	words := strings.Split(s, "-")
	if len(words) < 3 || len(words[0]) != 2 {
		return false
	}
	for i, w := range words {
		letters := "abcdefghijklmnopqrstuvwxyz"
		if i == len(words)-1 {
			letters = "123456789"
		}
		if w == "" || strings.Trim(w, letters) != "" {
			return false
		}
	}
	return true
}
