package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCapacity has the capacity units of each rule of a web ACL with everything
// in it (WF-WCU-01, WF-WCU-02, WF-WCU-04).
func TestCapacity(t *testing.T) {
	c, ds := Load("testdata/webacl_statements.yaml")
	if c == nil {
		t.Fatal(ds)
	}
	want := map[string]int{
		"exactly":   2,
		"ends":      2 + 10 + 10,  // two transformations
		"contains":  10 + 1,       // a label
		"word":      10 + 10,      // a transformation
		"bytes":     10,           //
		"ja3":       2,            //
		"ja4":       2,            //
		"sqli-low":  20 + 10 + 20, // all_query_arguments, two transformations
		"sqli-high": 2 * 30,       // json_body
		"xss":       40 + 10,      //
		"size":      1 + 10,       //
		"regex":     3,            //
		"regex-set": 25,           //
		"paths":     2 * 3,        // json_body
		"order":     2,            //
		"fragment":  1,            //
		"geo":       1,            //
		"asn":       1,            //
		"label":     1,            //
		"namespace": 1,            //
		"all-of":    1 + 1 + 1,    //
		"own-group": 50,           // its capacity, not its cost
		"common":    700 + 2,      // and its scope
		"bots":      50,           //
		"anonymous": 50,           //
		"crs":       0,            // not at AWS
		"keys":      2 + 5*30,     //
		"more-keys": 2 + 5*30,     //
		"last-keys": 2 + 2*30,     //
	}
	got, total := map[string]int{}, 0
	for i := range c.WebACLs[0].Rules {
		r := &c.WebACLs[0].Rules[i]
		got[r.Name] = r.Capacity(c)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("capacity of the rules differs (-want +got)\n%s", diff)
	}
	for _, units := range want {
		total += units
	}
	if got := c.WebACLs[0].Capacity(c); got != total {
		t.Errorf("capacity of the web ACL: got %d, want %d", got, total)
	}
	g, _ := c.RuleGroup("shared")
	if got, want := g.Cost(c), 2+10+1+2; got != want { // a transformation, two labels; a rate-based rule
		t.Errorf("cost of the rule group: got %d, want %d", got, want)
	}
	a := parse(t, document("", "ip_sets: {s: {ip_address_version: IPV4}}\nweb_acls: {a: {default_action: allow, rules: {r: {priority: 0, action: count, rule_labels: [a, b, c, d, e, f], "+
		"statement: {ip_set_reference_statement: {ip_set: s, ip_set_forwarded_ip_config: {header_name: a, fallback_behavior: MATCH, position: ANY}}}}}}}\n"))
	if got, want := a.WebACLs[0].Capacity(a), 5+2; got != want {
		t.Errorf("any forwarded address and six labels: got %d, want %d", got, want)
	}
}

// TestCapacityCeiling: a web ACL costs at most 5,000 (WF-WCU-05).
func TestCapacityCeiling(t *testing.T) {
	_, ds := Parse("test.yaml", []byte(document("", "rule_groups: {g: {capacity: 5000}}\nweb_acls: {a: {default_action: allow, rules: {"+
		"g: {priority: 0, override_action: none, statement: {rule_group_reference_statement: {rule_group: g}}}, "+
		"h: {priority: 1, action: count, statement: {label_match_statement: {scope: LABEL, key: x}}}}}}\n")))
	if len(ds) == 0 || code(ds[0].Code) != quotaExceeded || ds[0].Message != "5001 capacity units, want at most 5000 (WF-WCU-05)" {
		t.Errorf("got %s, want the capacity refused", ds)
	}
}
