package compile

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/geo/geotest"
)

// TestGeoData: what is wrong with the file is named by its line, and continents
// that no viewer can be in are refused.
func TestGeoData(t *testing.T) {
	c, problems := config.Parse("config.yaml", []byte(`
version: 1
server: {geo: {files: [geo.csv]}}
distributions:
  shop:
    origins: {eu: {domain_name: eu.test}, us: {domain_name: us.test}}
    routing: {viewers: {policy: geo, members: {eu: {continents: [EU]}, us: {default: true}}}}
    default_cache_behavior: {target_origin_id: viewers, cache_policy_id: CachingOptimized}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{
		"192.0.2.0/24,DE,EU\n":             "",
		"192.0.2.0/24,DE,EU\nhere,DE,EU\n": `geo data: geo.csv:2: "here,DE,EU": not a prefix in CIDR notation`,
		"192.0.2.0/24,DE\n":                `distribution "shop": routing group "viewers": members have continents, and no line of the geo data has one`,
		"":                                 "no line of the geo data has one",
	} {
		env := Environment{ReadFile: func(name string) ([]byte, error) {
			if name != "geo.csv" {
				return nil, os.ErrNotExist
			}
			return []byte(content), nil
		}}
		if _, err := Compile(c, env); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", content, err, want)
		}
	}
	none := Environment{ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }}
	if _, err := Compile(c, none); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "geo data: ") {
		t.Errorf("no file: got %v", err)
	}
}

// TestGeoSources: places come first, then the files, whatever form they have.
func TestGeoSources(t *testing.T) {
	c, problems := config.Parse("config.yaml", []byte(`
version: 1
server:
  geo:
    files: [city.mmdb, asn.mmdb, own.csv]
    places: {192.0.2.0/25: {country: JP}, 192.0.2.64/26: {country: KR, region: "11", asn: 64511}}
distributions:
  shop:
    origins: {eu: {domain_name: eu.test}}
    default_cache_behavior: {target_origin_id: eu, cache_policy_id: CachingOptimized}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"city.mmdb": geotest.Forms[1].Write(geotest.In("192.0.2.0/24", "US", "NA", "OR", 0)),
		"asn.mmdb":  geotest.Forms[0].Write(geotest.In("192.0.2.0/24", "", "", "", 64500), geotest.In("198.51.100.0/24", "", "", "", 64501)),
		"own.csv":   []byte("192.0.2.0/24,DE,,,64502\n198.51.100.0/24,FR,EU\n"),
	}
	env := Environment{ReadFile: func(name string) ([]byte, error) { return files[name], nil }}
	s, err := Compile(c, env)
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]geo.Place{
		"192.0.2.1":    {Country: "JP", ASN: 64500},
		"192.0.2.65":   {Country: "KR", Region: "11", ASN: 64511},
		"192.0.2.129":  {Country: "US", Continent: "NA", Region: "OR", ASN: 64500},
		"198.51.100.1": {Country: "FR", Continent: "EU", ASN: 64501},
	} {
		if got := s.Geo.Lookup(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %+v, want %+v", addr, got, want)
		}
	}
	env.Previous = s
	c.Server.Geo.Places = nil
	fewer, err := Compile(c, env)
	if err != nil {
		t.Fatal(err)
	}
	env.Previous = fewer
	if again, err := Compile(c, env); err != nil || again.Geo != fewer.Geo {
		t.Errorf("a reload with the same files: got other data, %v", err)
	}
	files["asn.mmdb"] = files["asn.mmdb"][:40]
	if _, err := Compile(c, env); err == nil || !strings.HasPrefix(err.Error(), "geo data: asn.mmdb: ") {
		t.Errorf("a damaged database: got %v", err)
	}
}

// TestPlaceOverrideInDevOnly: nobody may say where he is outside of mode dev, also by a
// configuration that was not checked (reliability R12, I1).
func TestPlaceOverrideInDevOnly(t *testing.T) {
	for mode, want := range map[config.Mode]bool{config.ModeDev: true, config.ModeFaithful: false, config.ModeProduction: false} {
		text := "version: 1\nserver: {mode: " + string(mode) + ", geo: {override: {}}}\n" + `distributions:
  shop:
    aliases: [shop.test]
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`
		c, problems := config.Parse("config.yaml", []byte(text))
		if got := !problems.HasErrors(); got != want || !want && !strings.Contains(problems.String(), "in mode "+string(mode)+" nobody may say where he is") {
			t.Errorf("mode %s: accepted %t, want %t: %v", mode, got, want, problems)
		}
		s := config.Server{Mode: mode, Geo: &config.GeoData{Override: &config.GeoOverride{Header: "X", From: []config.Network{"127.0.0.0/8"}}}}
		if got := placeOverride(&s) != nil; got != want {
			t.Errorf("mode %s: compiled %t, want %t", mode, got, want)
		}
		if want && (c.Server.Geo.Override.Header != "Groundfront-Viewer-Place" || len(c.Server.Geo.Override.From) != 2) {
			t.Errorf("defaults: got %+v", c.Server.Geo.Override)
		}
	}
}
