package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// A signExplanation is one call of sign explain.
type signExplanation struct {
	console   console
	files     []string
	publicKey string
	cookies   []string
	ip, at    string
	output    *word
}

func newSignExplain(c console) *cobra.Command {
	v := signExplanation{console: c}
	cmd := &cobra.Command{
		Use:   "explain URL",
		Short: "Show why a signed URL, or signed cookies, are good or not",
		Long: `Show what a signature is of, each thing that an edge looks at, and what it would
answer. Nothing is asked of an edge: the keys are those of a configuration, or the
one of --public-key; without either, all but the signature itself is checked.

  groundfront sign explain 'https://shop.test/film.mp4?Expires=…&Signature=…&Key-Pair-Id=K2EXAMPLE' -f groundfront.yaml
  groundfront sign explain https://shop.test/film.mp4 --cookie 'CloudFront-Policy=…; CloudFront-Signature=…; CloudFront-Key-Pair-Id=K2EXAMPLE'

The process ends with 0 if the request would go on, and with 4 if not.`,
		Args: arguments(cobra.ExactArgs(1)),
	}
	cmd.Flags().StringArrayVarP(&v.files, "file", "f", nil, "configuration file; repeat it to lay files over each other")
	cmd.Flags().StringVar(&v.publicKey, "public-key", "", "file with a public key in PEM, for the id that the request names")
	cmd.Flags().StringArrayVarP(&v.cookies, "cookie", "b", nil, `cookies of the request, "name=value; name=value"; repeat it for several`)
	cmd.Flags().StringVar(&v.ip, "ip", "", "address of the viewer")
	cmd.Flags().StringVar(&v.at, "at", "0s", "when the request comes: a duration from now, a time, or @ and seconds since 1970")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
	_ = cmd.MarkFlagFilename("public-key", "pem")
	v.output = outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return v.run(colorOf(cmd), args[0]) }
	return cmd
}

func (v *signExplanation) run(when colorWhen, target string) error {
	r, err := v.request(target)
	if err != nil {
		return err
	}
	if v.publicKey != "" && len(v.files) > 0 {
		return usagef("--public-key and -f both say who is trusted: give one")
	}
	found := &compile.Signing{Verifier: signedurl.NewVerifier(signedurl.PathsBoth), Normal: behavior.NormalizePath(r.Path)}
	switch {
	case v.publicKey != "":
		if found.Keys, err = v.oneKey(r); err != nil {
			return err
		}
	case len(v.files) > 0:
		if found, err = v.configured(when, r); err != nil {
			return err
		}
	}
	r.Normal = found.Normal
	known := v.publicKey != "" || len(v.files) > 0
	return v.print(when, r, found, found.Verifier.Explain(found.Keys, r), known)
}

// request returns what the command line describes, as an edge would receive it.
func (v *signExplanation) request(target string) (*signedurl.Request, error) {
	scheme, rest, ok := strings.Cut(target, "://")
	at := strings.IndexAny(rest, "/?#")
	if at < 0 {
		at = len(rest)
	}
	if !ok || !slices.Contains(signedSchemes, scheme) || at == 0 {
		return nil, usagef("%q is not a URL such as https://shop.test/film.mp4", target)
	}
	r := &signedurl.Request{Scheme: scheme, Host: rest[:at]}
	rest, _, _ = strings.Cut(rest[at:], "#")
	r.Path, r.Query, r.HasQuery = strings.Cut(rest, "?")
	if r.Path == "" {
		r.Path = "/"
	}
	for _, c := range v.cookies {
		r.Fields = append(r.Fields, field.Line{Name: "Cookie", Value: c})
	}
	if v.ip != "" {
		addr, err := netip.ParseAddr(v.ip)
		if err != nil {
			return nil, usagef("--ip %q is not an address", v.ip)
		}
		r.Viewer = addr
	}
	seconds, err := parseMoment("--at", v.at, time.Now())
	r.Now = time.Unix(seconds, 0)
	return r, err
}

// oneKey trusts the key of --public-key by the id that the request names.
func (v *signExplanation) oneKey(r *signedurl.Request) (*signedurl.Keys, error) {
	text, err := os.ReadFile(v.publicKey)
	if err != nil {
		return nil, usagef("--public-key: %v", err)
	}
	id := signedurl.NewVerifier(signedurl.PathsBoth).Explain(nil, r).KeyID
	if id == "" {
		return signedurl.NewKeys(), nil
	}
	key, err := signedurl.ParsePublicKey(id, text)
	if err != nil {
		return nil, usagef("--public-key %s: %v", filepath.ToSlash(v.publicKey), err)
	}
	return signedurl.NewKeys(key), nil
}

func (v *signExplanation) configured(when colorWhen, r *signedurl.Request) (*compile.Signing, error) {
	cfg, problems := config.Load(v.files...)
	if cfg != nil {
		problems = cfg.Annotate(problems, compile.CheckPublicKeys(cfg))
	}
	cfg, err := settle(v.console, when, cfg, onlyErrors(problems))
	if err != nil {
		return nil, err
	}
	found, err := compile.FindSigning(cfg, r.Host, r.Path)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return found, nil
}

// answer says what an edge would do with the request, and whether that is to let
// it go on.
func (v *signExplanation) answer(r *signedurl.Request, s *compile.Signing, e *signedurl.Report, known bool) (text string, goesOn bool) {
	failed := false
	for _, step := range e.Steps {
		failed = failed || step.Outcome == signedurl.OutcomeFailed
	}
	switch {
	case r.Scheme == "http" && s.ViewerProtocol == proxy.ViewerProtocolRedirectToHTTPS:
		return "301, to the same URL with https, which is another one to a signature", false
	case r.Scheme == "http" && s.ViewerProtocol == proxy.ViewerProtocolHTTPSOnly:
		return "403: plain HTTP is not allowed here", false
	case known && s.Keys == nil:
		return "the request goes on: the cache behavior has no trusted_key_groups, and looks at no signature", true
	case known && e.Fault == signedurl.FaultNone:
		return "the request goes on", true
	case known:
		return fmt.Sprintf("403 %s: %s (%s)", e.Fault.Denial(), e.Fault.Denial().Message(), e.Fault), false
	case failed:
		return "403, whatever the key", false
	}
	return "depends on the key: give a configuration by -f, or --public-key", true
}

func (v *signExplanation) print(when colorWhen, r *signedurl.Request, s *compile.Signing, e signedurl.Report, known bool) error {
	answer, goesOn := v.answer(r, s, &e, known)
	if v.output.value == "json" {
		if err := v.json(r, s, &e, answer, goesOn); err != nil {
			return err
		}
	} else {
		v.text(when, s, &e, answer)
	}
	if !goesOn {
		return &failure{code: exitAssertion}
	}
	return nil
}

func (v *signExplanation) text(when colorWhen, s *compile.Signing, e *signedurl.Report, answer string) {
	w, p := v.console.stdout, v.console.paletteFor(v.console.stdout, when)
	if s.Distribution != "" {
		fmt.Fprintf(w, "distribution %s, cache behavior %s\n", s.Distribution, s.PathPattern)
	}
	if e.Text != "" {
		kind := "custom policy"
		if e.Canned {
			kind = "canned policy, made from the URL"
		}
		fmt.Fprintf(w, "%s:\n  %s\n", kind, strings.ReplaceAll(printable(e.Text), "\n", "\n  "))
	}
	for _, step := range e.Steps {
		mark, color := "ok", ""
		switch step.Outcome {
		case signedurl.OutcomeFailed:
			mark, color = "FAIL", p.red
		case signedurl.OutcomeNotChecked:
			mark, color = "-", p.yellow
		}
		fmt.Fprintf(w, "%s%-5s%s%-16s %s\n", color, mark, p.reset, step.Name, printable(step.Detail))
	}
	fmt.Fprintf(w, "answer: %s\n", answer)
}

// printable replaces what a terminal could take for a command: a policy is what
// somebody else wrote.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0 {
			return '?'
		}
		return c
	}, strings.TrimRight(s, "\r\n"))
}

func (v *signExplanation) json(r *signedurl.Request, s *compile.Signing, e *signedurl.Report, answer string, goesOn bool) error {
	type step struct {
		Name    string `json:"name"`
		Outcome string `json:"outcome"`
		Detail  string `json:"detail"`
	}
	out := struct {
		Distribution string `json:"distribution,omitempty"`
		Behavior     string `json:"behavior,omitempty"`
		Source       string `json:"source"`
		KeyID        string `json:"key_id,omitempty"`
		Policy       string `json:"policy,omitempty"`
		Canned       bool   `json:"canned"`
		At           string `json:"at"`
		Steps        []step `json:"steps"`
		Fault        string `json:"fault"`
		Answer       string `json:"answer"`
		GoesOn       bool   `json:"goes_on"`
	}{
		Distribution: s.Distribution, Behavior: s.PathPattern, Source: e.Source.String(), KeyID: e.KeyID, Policy: e.Text, Canned: e.Canned,
		At: r.Now.UTC().Format(time.RFC3339), Fault: e.Fault.String(), Answer: answer, GoesOn: goesOn,
	}
	for _, st := range e.Steps {
		out.Steps = append(out.Steps, step{st.Name, st.Outcome.String(), st.Detail})
	}
	enc := json.NewEncoder(v.console.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
