package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// newSign is the verb for signed URLs and signed cookies.
func newSign(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Make and debug signed URLs and signed cookies",
		Long: `Make and debug signed URLs and signed cookies.

A key pair of the kind that CloudFront takes, RSA with 2048 bits or ECDSA with
P-256:

  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem
  openssl pkey -in private.pem -pubout -out public.pem

The public key goes into the configuration, by the id that URLs will name:

  public_keys: {K2EXAMPLE: {file: public.pem}}
  key_groups: {members: [K2EXAMPLE]}

and trusted_key_groups: [members] to the cache behavior.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	cmd.AddCommand(newSignURL(c), newSignCookie(c), newSignExplain(c))
	return cmd
}

// A signing is one call of sign url or sign cookie.
type signing struct {
	console console

	keyID, privateKey string
	expires           string
	policy            string
	notBefore         string
	ip, resource      string
	hash              *word
	output            *word
	domain            string // of cookies
}

const signHelp = `Without --policy, --not-before, --ip and --resource the policy is a canned one, for
this URL alone. With one of the last three it is a custom one, whose resource is
--resource or the URL, and with --policy it is FILE as it is.

The URL is signed as it is written: scheme, host and port must be those that the
viewer will ask for, and a query is part of it.
`

func newSignURL(c console) *cobra.Command {
	v := signing{console: c}
	cmd := &cobra.Command{
		Use:   "url URL --key-id ID --private-key FILE",
		Short: "Sign a URL",
		Long: `Sign a URL, and print it with the parameters of the signature.

  groundfront sign url https://shop.test/film.mp4 --key-id K2EXAMPLE --private-key private.pem --expires 1h

` + signHelp,
		Args: arguments(cobra.ExactArgs(1)),
	}
	v.register(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return v.signURL(args[0]) }
	return cmd
}

func newSignCookie(c console) *cobra.Command {
	v := signing{console: c}
	cmd := &cobra.Command{
		Use:   "cookie URL --key-id ID --private-key FILE",
		Short: "Make signed cookies",
		Long: `Make signed cookies, and print them as Set-Cookie fields and as a curl line.

  groundfront sign cookie https://shop.test/ --resource 'https://shop.test/members/*' --key-id K2EXAMPLE --private-key private.pem

` + signHelp,
		Args: arguments(cobra.ExactArgs(1)),
	}
	v.register(cmd)
	cmd.Flags().StringVar(&v.domain, "domain", "", "domain of the cookies; without it they are for the host that sets them")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return v.signCookies(args[0]) }
	return cmd
}

func (v *signing) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&v.keyID, "key-id", "", "id of the public key, as key groups have it")
	cmd.Flags().StringVar(&v.privateKey, "private-key", "", "file with the private key in PEM")
	cmd.Flags().StringVar(&v.expires, "expires", "1h", "when access ends: a duration from now such as 1h, a time such as 2030-01-31T12:00:00Z, or seconds since 1970 with an @ before them")
	cmd.Flags().StringVar(&v.policy, "policy", "", "file with a custom policy, which is signed as it is")
	cmd.Flags().StringVar(&v.notBefore, "not-before", "", "when access begins, as --expires")
	cmd.Flags().StringVar(&v.ip, "ip", "", "range of IPv4 addresses that have access, such as 192.0.2.0/24")
	cmd.Flags().StringVar(&v.resource, "resource", "", "URLs that are signed, with * and ? as wildcards")
	v.hash = &word{words: []string{"sha1", "sha256"}}
	wordFlag(cmd, "hash", "what is signed of the policy", "sha1", v.hash)
	v.output = outputFlag(cmd)
	_ = cmd.MarkFlagFilename("private-key", "pem")
	_ = cmd.MarkFlagFilename("policy", "json")
}

// signedSchemes are those of URLs that can be signed: WebSockets have their own.
var signedSchemes = []string{"http", "https", "ws", "wss"}

// parts signs the URL.
func (v *signing) parts(target string) ([]signedurl.Part, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(signedSchemes, u.Scheme):
		return nil, usagef("%q is not a URL such as https://shop.test/film.mp4", target)
	case v.keyID == "":
		return nil, usagef("name the key with --key-id: the id that it has in public_keys, or at AWS")
	case strings.Trim(v.keyID, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return nil, usagef("--key-id %q: want letters, digits, - and _", v.keyID)
	case v.privateKey == "":
		return nil, usagef("name the file of the private key with --private-key")
	case strings.Contains(target, "#"):
		return nil, usagef("what follows # in %q is not part of a request", target)
	case u.User != nil:
		return nil, usagef("what stands before @ in %q is not part of a request", u.Redacted())
	case strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, usagef("%q has characters that a request writes in another way, as %%20 for a blank: write it as it will be sent", target)
	}
	for _, name := range []string{"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
		if u.Query().Has(name) {
			return nil, usagef("%q is signed already, or has a parameter of its own with the name %s", target, name)
		}
	}
	text, err := os.ReadFile(v.privateKey)
	if err != nil {
		return nil, usagef("--private-key: %v", err)
	}
	key, err := signedurl.ParsePrivateKey(text)
	if err != nil {
		return nil, usagef("--private-key %s: %v", v.privateKey, err)
	}
	signer := signedurl.Signer{KeyID: v.keyID, Key: key, Hash: signedurl.ParseHash(strings.ToUpper(v.hash.value))}
	return v.sign(&signer, target, time.Now())
}

func (v *signing) sign(signer *signedurl.Signer, target string, now time.Time) ([]signedurl.Part, error) {
	expires, err := parseMoment("--expires", v.expires, now)
	if err != nil {
		return nil, err
	}
	if v.policy != "" {
		if v.notBefore != "" || v.ip != "" || v.resource != "" {
			return nil, usagef("--policy has all that --not-before, --ip and --resource say")
		}
		text, err := os.ReadFile(v.policy)
		if err != nil {
			return nil, usagef("--policy: %v", err)
		}
		parts, err := signer.Custom(text)
		if errors.Is(err, signedurl.ErrPolicy) {
			return nil, usagef("--policy %s: %v", v.policy, err)
		}
		return parts, err
	}
	if v.notBefore == "" && v.ip == "" && v.resource == "" {
		parts, err := signer.Canned(target, expires)
		if err != nil {
			return nil, usagef("%v; --resource signs with a custom policy", err)
		}
		return parts, nil
	}
	p := signedurl.Policy{Resource: target, HasResource: true, NotAfter: expires}
	if v.resource != "" {
		p.Resource = v.resource
	}
	if v.notBefore != "" {
		p.HasNotBefore = true
		if p.NotBefore, err = parseMoment("--not-before", v.notBefore, now); err != nil {
			return nil, err
		}
	}
	if p.SourceIP, p.HasSourceIP = v.ip, v.ip != ""; p.HasSourceIP && !p.HasRange() {
		return nil, usagef("--ip %q is not a range of IPv4 addresses such as 192.0.2.0/24 or 192.0.2.7/32 (CF-SIG-13)", v.ip)
	}
	return signer.Custom([]byte(p.Text()))
}

// parseMoment reads a duration from now, a time, or @seconds.
func parseMoment(flag, text string, now time.Time) (int64, error) {
	if digits, is := strings.CutPrefix(text, "@"); is {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n >= 0 {
			return n, nil
		}
	}
	var d config.Duration
	if d.UnmarshalText([]byte(text)) == nil {
		return now.Add(d.Std()).Unix(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && t.Unix() >= 0 {
		return t.Unix(), nil
	}
	return 0, usagef("%s %q: want a duration such as 1h, a time such as 2030-01-31T12:00:00Z, or @ and seconds since 1970", flag, text)
}

// asAsked returns a URL as a viewer asks for it: with a path, and without a ? that
// nothing follows.
func asAsked(target string) string {
	target = strings.TrimSuffix(target, "?")
	scheme, rest, _ := strings.Cut(target, "://")
	if i := strings.IndexAny(rest, "/?"); i < 0 {
		return target + "/"
	} else if rest[i] == '?' {
		return scheme + "://" + rest[:i] + "/" + rest[i:]
	}
	return target
}

func (v *signing) signURL(target string) error {
	target = asAsked(target)
	parts, err := v.parts(target)
	if err != nil {
		return err
	}
	signed := signedurl.AddTo(target, parts)
	if v.output.value == "json" {
		return v.json(map[string]any{"url": signed, "parameters": named(parts)})
	}
	_, err = fmt.Fprintln(v.console.stdout, signed)
	return err
}

func (v *signing) signCookies(target string) error {
	target = asAsked(target)
	parts, err := v.parts(target)
	if err != nil {
		return err
	}
	cookies := signedurl.Cookies(parts)
	if v.output.value == "json" {
		return v.json(map[string]any{"url": target, "cookies": named(cookies)})
	}
	attributes := "; Path=/; HttpOnly"
	if strings.HasPrefix(target, "https:") {
		attributes += "; Secure"
	}
	if v.domain != "" {
		attributes += "; Domain=" + v.domain
	}
	var pairs []string
	for _, cookie := range cookies {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
		fmt.Fprintf(v.console.stdout, "Set-Cookie: %s=%s%s\n", cookie.Name, cookie.Value, attributes)
	}
	_, err = fmt.Fprintf(v.console.stdout, "\ncurl -b '%s' %s\n", strings.Join(pairs, "; "), shellQuote(target))
	return err
}

func named(parts []signedurl.Part) map[string]string {
	out := make(map[string]string, len(parts))
	for _, p := range parts {
		out[p.Name] = p.Value
	}
	return out
}

func (v *signing) json(value any) error {
	e := json.NewEncoder(v.console.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
