//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A configuration is one that is reloaded, in a folder with the files it names.
type configuration struct {
	name string
	// secure is a second socket, "" without one.
	secure string
	// write writes those files.
	write func(dir string) error
	// rest is what follows the sockets, with the address of the origin and the
	// number of the reload.
	rest func(dir, origin string, generation int) string
}

var configurations = []configuration{
	{"small", "", func(string) error { return nil }, small},
	{"ordinary", `, {address: "127.0.0.1:0", tls: distributions}`, writeOrdinary, ordinary},
}

// yaml returns the configuration with sockets.
func (c *configuration) yaml(dir, viewers, admin, origin string, generation int) string {
	return fmt.Sprintf("version: 1\nserver:\n  listen: [{address: %q}%s]\n  admin: %q\n  watch: false\n", viewers, c.secure, admin) + c.rest(dir, origin, generation)
}

func small(_, origin string, generation int) string {
	return fmt.Sprintf(`response_headers_policies: {generation: {custom_headers_config: {X-Generation: {value: "%d", override: true}}}}
distributions:
  site:
    aliases: [%q]
    origins: {o: {domain_name: origin.test, connect_to: %q, custom_origin_config: {origin_protocol_policy: http-only}}}
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingOptimized, response_headers_policy_id: generation}
`, generation, hosts[0], origin)
}

// The sizes of the ordinary configuration.
const (
	sites     = 3
	behaviors = 20 // of all sites
	places    = 20_000
	addresses = 1000
)

// groups are the managed rule groups of its web ACL.
var groups = []string{
	"CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet", "LinuxRuleSet", "PHPRuleSet", "AmazonIpReputationList", "BotControlRuleSet",
}

func ordinary(dir, origin string, generation int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `  geo: {files: [%[1]q]}
certificates:
  one: {cert: %[2]q, key: %[3]q}
  two: {cert: %[2]q, key: %[3]q}
  three: {cert: %[2]q, key: %[3]q}
ip_sets:
  banned: {ip_address_version: IPV4, file: %[4]q}
regex_pattern_sets:
  probes: {regular_expression_list: ["(?i)/\\.(git|env|svn)", "^/(wp-admin|phpmyadmin)/?$", "\\.(bak|old|sql)$"]}
response_headers_policies: {generation: {custom_headers_config: {X-Generation: {value: "%[5]d", override: true}}}}
web_acls:
  all:
    default_action: allow
    rules:
      banned: {priority: 0, action: block, statement: {ip_set_reference_statement: {ip_set: banned}}}
      flood: {priority: 1, action: block, statement: {rate_based_statement: {limit: 2000000000, aggregate_key_type: IP}}}
      probes: {priority: 2, action: block, statement: {regex_pattern_set_reference_statement: {regex_pattern_set: probes, field_to_match: {uri_path: {}}, text_transformations: [LOWERCASE]}}}
      places: {priority: 3, action: block, statement: {geo_match_statement: {country_codes: [KP]}}}
`, filepath.Join(dir, "places.csv"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "banned.txt"), generation)
	for i, name := range groups {
		fmt.Fprintf(&b, "      group%d: {priority: %d, override_action: none, statement: {managed_rule_group_statement: {vendor_name: AWS, name: AWSManagedRules%s}}}\n", i, i+4, name)
	}
	b.WriteString("distributions:\n")
	for site := range sites {
		fmt.Fprintf(&b, `  site%[1]d:
    aliases: [%[2]q]
    web_acl_id: all
    viewer_certificate: {acm_certificate: %[3]s}
    logging: {path: %[4]q}
    restrictions: {geo_restriction: {restriction_type: blacklist, locations: [KP]}}
    origins:
      site: {domain_name: origin.test, connect_to: %[5]q, custom_origin_config: {origin_protocol_policy: http-only}, custom_headers: {X-Site: "%[1]d"}}
      api: {domain_name: api.test, connect_to: %[5]q, custom_origin_config: {origin_protocol_policy: http-only}}
    cache_behaviors:
`, site, hosts[site], []string{"one", "two", "three"}[site], filepath.Join(dir, fmt.Sprintf("log%d", site)), origin)
		for n := site; n < behaviors-sites; n += sites { // each has a default one besides
			fmt.Fprintf(&b, "      - {path_pattern: \"/part%d/*\", target_origin_id: api, cache_policy_id: CachingOptimized, origin_request_policy_id: CORS-CustomOrigin, response_headers_policy_id: generation}\n", n)
		}
		b.WriteString("    default_cache_behavior: {target_origin_id: site, cache_policy_id: CachingOptimized, response_headers_policy_id: generation}\n")
	}
	return b.String()
}

// hosts are the names of the sites; viewers ask the first one.
var hosts = [sites]string{"one.test", "two.test", "three.test"}

func writeOrdinary(dir string) error {
	var table, banned strings.Builder
	for i := range places {
		fmt.Fprintf(&table, "%d.%d.%d.0/24,%s\n", 20+i>>16, i>>8&255, i&255, []string{"DE", "FR", "US", "JP", "BR"}[i%5])
	}
	for i := range addresses {
		fmt.Fprintf(&banned, "198.18.%d.%d/32\n", i>>8, i&255)
	}
	cert, key, err := certificate()
	if err != nil {
		return err
	}
	for name, content := range map[string]string{"places.csv": table.String(), "banned.txt": banned.String(), "cert.pem": cert, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// certificate returns one for all sites, which signs itself, in PEM.
func certificate() (cert, private string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: hosts[:],
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	chain, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
