package signedurl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const whole = `{"Statement":[{"Resource":"https://shop.test/*","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateGreaterThan":{"AWS:EpochTime":1767225000},"DateLessThan":{"AWS:EpochTime":1767229200}}}]}`

func TestParsePolicy(t *testing.T) {
	all := Policy{
		Resource: "https://shop.test/*", HasResource: true, NotAfter: 1767229200, NotBefore: 1767225000, HasNotBefore: true,
		SourceIP: "192.0.2.0/24", HasSourceIP: true,
	}
	swapped := `{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1767229200},"DateGreaterThan":{"AWS:EpochTime":1767225000},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}},"Resource":"https://shop.test/*"}]}`
	for _, test := range []struct {
		in   string
		want Policy
	}{
		{whole, all},
		{swapped, all}, // CF-SIG-09: in any order
		{"\n" + strings.NewReplacer(":{", " : {\t", ",", " ,\r\n").Replace(whole) + "\n", all},                                                                    // CF-SIG-10
		{strings.Replace(whole, `https://`, `https:\/\/`, 1), all},                                                                                                // as PHP writes it
		{strings.Replace(whole, `"Resource"`, `"\u0052esource"`, 1), all},                                                                                         // a key is a text as well
		{anyFile, Policy{NotAfter: 1767229200}},                                                                                                                   // CF-SIG-09: any file
		{strings.Replace(anyFile, "1767229200", "0", 1), Policy{}},                                                                                                // CF-SIG-12
		{strings.Replace(anyFile, "1767229200", "9223372036854775807", 1), Policy{NotAfter: 9223372036854775807}},                                                 // CF-SIG-12
		{`{"Statement":[{"Resource":"a\?b\\?c","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}`, Policy{Resource: `a\?b\?c`, HasResource: true, NotAfter: 1}}, // CF-SIG-19
		{`{"Statement":[{"Resource":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}`, Policy{Resource: "\"\\/\b\f\n\r\té😀é", HasResource: true, NotAfter: 1}},
	} {
		if got, err := ParsePolicy(test.in); err != nil || got != test.want {
			t.Errorf("ParsePolicy(%s): got %+v, %v, want %+v", test.in, got, err, test.want)
		}
	}
}

// TestBadPolicies: what is not understood is refused. encoding/json would take
// most of these.
func TestBadPolicies(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(whole, old, new, 1) }
	for _, in := range []string{
		"", "x", "null", "[]", "{}", `{"Statement":[]}`, `{"Statement":{}}`, `{"Statement":[{}]}`, whole + "x", whole + whole, whole[:len(whole)-1],
		change(`"Statement"`, `"statement"`),
		change(`"Statement"`, `"Version":1,"Statement"`),
		change(`{"Statement":`, `{"Statement":`+`[],"Statement":`),
		change(`}]}`, `},{"Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}`),
		change(`"Resource"`, `"resource"`),
		change(`"Resource"`, `"Resource":"x","Resource"`),
		change(`"Condition":{`, `"Condition":{"DateLessThan":{"AWS:EpochTime":1},`),
		change(`"Condition":{`, `"Condition":{"StringEquals":{"AWS:Referer":"x"},`),
		change(`"IpAddress":{`, `"NotIpAddress":{`),
		change(`"DateLessThan"`, `"DateLessThanEquals"`),
		change(`"AWS:SourceIp":"192.0.2.0/24"`, `"AWS:SourceIp":["192.0.2.0/24"]`),
		change(`"AWS:SourceIp":"192.0.2.0/24"`, `"AWS:SourceIp":"192.0.2.0/24","AWS:SourceIp":"0.0.0.0/0"`),
		change(`"AWS:SourceIp":"192.0.2.0/24"`, ``),
		change(`1767229200`, `"1767229200"`), change(`1767229200`, `1767229200.0`), change(`1767229200`, `1e9`), change(`1767229200`, `-1`),
		change(`1767229200`, `01`), change(`1767229200`, `9223372036854775808`), change(`1767229200`, ``), change(`1767229200`, `null`),
		change(`https:`, "https:\n"), change(`https:`, "\xff"), change(`https:`, `\x`), change(`https:`, `\u12`), change(`https:`, `\u12g4`), change(`https:`, `\ud800`), change(`https:`, `\ud800\u0041`),
		change(`,"Condition"`, `"Condition"`), change(`:"https`, `"https`), change(`"Resource":"https://shop.test/*"`, `"Resource":["https://shop.test/*"]`),
		`{"Statement":[{"Resource":"https://shop.test/*"}]}`,
		`{"Statement":[{"Resource":"https://shop.test/*","Condition":{}}]}`,
		`{"Statement":[{"Resource":"x\`, `{"Statement":[{"Resource":"x`,
		strings.Repeat("[", 100000), strings.Repeat(`{"Statement":[`, 10000),
	} {
		if got, err := ParsePolicy(in); !errors.Is(err, ErrPolicy) {
			t.Errorf("ParsePolicy(%.300s): got %+v, %v, want ErrPolicy", in, got, err)
		}
	}
}

// FuzzParsePolicy: what is read is printed and read again as the same, and
// encoding/json, which takes more, reads the same from it.
func FuzzParsePolicy(f *testing.F) {
	for _, s := range []string{whole, anyFile, strings.Replace(whole, `https://`, `https:\/\/\u00e9`, 1), "{", `{"Statement":[{"Resource":"\?`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy(text)
		if err != nil {
			if p != (Policy{}) {
				t.Errorf("ParsePolicy(%q): got %+v with an error", text, p)
			}
			return
		}
		if again, err := ParsePolicy(p.Text()); err != nil || again != p {
			t.Errorf("ParsePolicy(%q): got %+v; printed %s and read again %+v, %v", text, p, p.Text(), again, err)
		}
		if strings.Contains(text, `\?`) {
			return
		}
		var other struct {
			Statement []struct {
				Resource  *string
				Condition struct {
					DateLessThan, DateGreaterThan *struct {
						Time int64 `json:"AWS:EpochTime"`
					}
					IPAddress *struct {
						Source string `json:"AWS:SourceIp"`
					} `json:"IpAddress"`
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &other); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", text, err)
		}
		s := other.Statement[0]
		switch c := s.Condition; {
		case c.DateLessThan.Time != p.NotAfter, (c.DateGreaterThan != nil) != p.HasNotBefore, (c.IPAddress != nil) != p.HasSourceIP, (s.Resource != nil) != p.HasResource,
			p.HasNotBefore && c.DateGreaterThan.Time != p.NotBefore, p.HasSourceIP && c.IPAddress.Source != p.SourceIP, p.HasResource && *s.Resource != p.Resource:
			t.Errorf("ParsePolicy(%q): got %+v, encoding/json has %+v", text, p, s)
		}
	})
}
