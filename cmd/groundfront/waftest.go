package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/record"
)

// A wafTest is one call of the verb.
type wafTest struct {
	console console
	file    string
	name    string
	from    string
	headers []string
	data    string
	output  *word
}

func newWAFTest(c console) *cobra.Command {
	v := wafTest{console: c}
	cmd := &cobra.Command{
		Use:   "test --acl FILE [METHOD] URL",
		Short: "Show rule by rule what a web ACL does with a request",
		Long: `Show what a web ACL does with a request, without an edge: each rule that is
asked, what of the request matched, the labels, and what becomes of the request.
FILE is a configuration, or a web ACL as AWS has it in JSON (aws wafv2
get-web-acl).

  groundfront waf test --acl groundfront.yaml 'http://shop.test/?id=1%27+or+1=1--'
  groundfront waf test --acl webacl.json POST http://shop.test/login -H 'Content-Type: application/json' -d '{"user":"x"}'

Rate-based rules count this one request. The process ends with 0 whatever
becomes of it.`,
		Args: arguments(cobra.RangeArgs(1, 2)),
	}
	cmd.Flags().StringVar(&v.file, "acl", defaultFile, "configuration, or AWS's JSON, that has the web ACL")
	cmd.Flags().StringVar(&v.name, "name", "", "name of the web ACL; may be left out if there is only one")
	cmd.Flags().StringVar(&v.from, "from", "192.0.2.1", "address that the request comes from")
	cmd.Flags().StringArrayVarP(&v.headers, "header", "H", nil, `header field, "Name: value"; repeat it for several`)
	cmd.Flags().StringVarP(&v.data, "data", "d", "", "content of the request, or @FILE")
	v.output = outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), colorOf(cmd), args) }
	return cmd
}

func (v *wafTest) run(ctx context.Context, when colorWhen, args []string) error {
	r, scheme, err := v.request(args)
	if err != nil {
		return err
	}
	from, err := netip.ParseAddr(v.from)
	if err != nil {
		return usagef("--from %q is not an address", v.from)
	}
	cfg, err := v.load(when)
	if err != nil {
		return err
	}
	a, err := v.choose(cfg)
	if err != nil {
		return err
	}
	acl, err := compile.WebACL(cfg, a.Name)
	if err != nil {
		return &failure{code: exitConfig, err: err}
	}
	if limit := acl.BodyLimit(); limit > 0 && len(r.Body.Text) > limit {
		r.Body.Text, r.Body.Truncated = r.Body.Text[:limit], true
	}
	t := trace{Record: waf.Record{Trace: v.output.value == "text"}}
	peer := acl.Peer(from)
	t.verdict = acl.Evaluate(ctx, peer, r, &t.Record)
	t.verdict = acl.EvaluateForOrigin(ctx, peer, r, t.verdict, &t.Record)
	if v.output.value == "json" {
		return v.json(a, r, scheme, peer.Country(), from, &t)
	}
	fmt.Fprintf(v.console.stdout, "web ACL %s: %d of 5000 capacity units\n", a.Name, a.Capacity(cfg))
	return t.print(v.console.stdout, v.console.paletteFor(v.console.stdout, when))
}

// load reads a configuration, or makes one around AWS's JSON.
func (v *wafTest) load(when colorWhen) (*config.Config, error) {
	if !strings.EqualFold(filepath.Ext(v.file), ".json") {
		if _, err := os.Stat(v.file); errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("there is no %s: name the file that has the web ACL with --acl", v.file)
		}
		cfg, problems := config.Load(v.file)
		return settle(v.console, when, cfg, onlyErrors(problems))
	}
	name, err := json.Marshal(v.file)
	if err != nil {
		return nil, err
	}
	cfg, problems := config.ParseWith(v.file, fmt.Appendf(nil, `version: 1
web_acls: {acl: {file: %s}}
distributions:
  any: {web_acl_id: acl, origins: {any: {domain_name: origin.test}}, default_cache_behavior: {target_origin_id: any, cache_policy_id: CachingDisabled}}
`, name), os.ReadFile)
	cfg, err = settle(v.console, when, cfg, onlyErrors(problems))
	if err != nil && slices.ContainsFunc(problems, isOutside) {
		return nil, &failure{code: exitConfig, err: fmt.Errorf("%s refers to what it does not have: write a configuration with that, and with web_acls: {edge: {file: %s}}, and name it with --acl", v.file, name)}
	}
	return cfg, err
}

// isOutside tells problems with what a web ACL refers to, sets, groups and geo
// data, from those of its own.
func isOutside(d config.Diagnostic) bool {
	return d.Code == "GF3020" || strings.Contains(d.Suggestion, "server.geo")
}

func (v *wafTest) choose(cfg *config.Config) (*config.WebACL, error) {
	if v.name == "" && len(cfg.WebACLs) == 1 {
		return &cfg.WebACLs[0], nil
	}
	if a, found := cfg.WebACL(v.name); found {
		return a, nil
	}
	var names []string
	for i := range cfg.WebACLs {
		names = append(names, cfg.WebACLs[i].Name)
	}
	if len(names) == 0 {
		return nil, usagef("%s has no web ACL", v.file)
	}
	return nil, usagef("name the web ACL with --name: %s", strings.Join(names, ", "))
}

// request returns what the command line describes, as an edge would receive it.
func (v *wafTest) request(args []string) (r *waf.Request, scheme string, err error) {
	method, target := "GET", args[len(args)-1]
	if v.data != "" {
		method = "POST"
	}
	if len(args) == 2 {
		method = args[0]
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil, "", usagef("%q is not a URL such as http://shop.test/path?query", target)
	}
	r = &waf.Request{Method: method, Host: u.Host, Proto: "HTTP/1.1", Now: time.Now()}
	rest := target[strings.Index(target, "://")+len("://"):]
	if at := strings.IndexAny(rest, "/?#"); at < 0 {
		rest = "/"
	} else if rest = rest[at:]; rest[0] != '/' {
		rest = "/" + rest
	}
	rest, r.Fragment, _ = strings.Cut(rest, "#")
	r.Path, r.Query, r.HasQuery = strings.Cut(rest, "?")
	for _, h := range v.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, "", usagef(`-H %q: want "Name: value"`, h)
		}
		if value = strings.TrimSpace(value); field.EqualName(name, "host") {
			r.Host = value
			continue
		}
		r.Fields.Add(name, value)
	}
	if !r.Fields.Has("User-Agent") {
		r.Fields.Add("User-Agent", "groundfront")
	}
	return r, u.Scheme, v.content(r)
}

func (v *wafTest) content(r *waf.Request) error {
	text := v.data
	if name, ok := strings.CutPrefix(text, "@"); ok {
		content, err := os.ReadFile(name)
		if err != nil {
			return usagef("-d: %v", err)
		}
		text = string(content)
	}
	if text != "" {
		r.Body = waf.Body{Present: true, Text: text, Size: int64(len(text))}
	}
	return nil
}

// json prints the log record.
func (v *wafTest) json(a *config.WebACL, r *waf.Request, scheme, country string, from netip.Addr, t *trace) error {
	var line bytes.Buffer
	record.New(record.Options{ARN: a.Name, Log: func(_ uint8, l []byte) { line.Write(l) }}).Take(&record.Entry{
		Time: r.Now, Request: r, Record: &t.Record, Verdict: t.verdict, Viewer: from, Country: country, Scheme: scheme,
	})
	_, err := v.console.stdout.Write(line.Bytes())
	return err
}
