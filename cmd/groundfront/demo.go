package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

//go:embed demo.yaml
var demoSource string

var demoTemplate = template.Must(template.New("demo.yaml").Parse(demoSource))

// demoAddresses are what the demo's configuration leaves open.
type demoAddresses struct{ HTTP, HTTPS, Admin, API string }

func (a demoAddresses) yaml() ([]byte, error) {
	var b bytes.Buffer
	err := demoTemplate.Execute(&b, a)
	return b.Bytes(), err
}

func newDemo(c console) *cobra.Command {
	var a demoAddresses
	var printConfig bool
	var logs logFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run an edge and an emulated API Gateway to try it on",
		Long: `Run an edge and an emulated API Gateway to try it on, and print four curl lines
that show what an edge does: miss, hit, cache key, pass, invalidation. Nothing
but this program is needed.`,
		Args: arguments(cobra.NoArgs),
	}
	f := cmd.Flags()
	f.StringVar(&a.HTTP, "http", ":8080", "address for HTTP")
	f.StringVar(&a.HTTPS, "https", ":8443", "address for HTTPS, with a local CA")
	f.StringVar(&a.Admin, "admin", defaultAdmin, "address for health, metrics and invalidations")
	f.BoolVar(&printConfig, "print-config", false, "print the configuration instead; it expects \"groundfront standin --listen 127.0.0.1:9000\"")
	logs.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if printConfig {
			a.API = "127.0.0.1:9000"
			text, err := a.yaml()
			if err != nil {
				return err
			}
			_, err = c.stdout.Write(text)
			return err
		}
		return runDemo(c, colorOf(cmd), a, &logs)
	}
	return cmd
}

// demoDrain bounds the end of the stand-in, when the edge has ended.
const demoDrain = time.Second

func runDemo(c console, when colorWhen, a demoAddresses, logs *logFlags) (err error) {
	c, flush := c.unhurried()
	defer flush()
	logger := logs.logger(c)
	api, err := startGateway("127.0.0.1:0", standin.Options{}, logger)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), demoDrain)
		defer cancel()
		err = errors.Join(err, api.close(ctx))
	}()
	a.API = api.addr.String()
	text, err := a.yaml()
	if err != nil {
		return err
	}
	parsed, problems := config.Parse("demo.yaml", text)
	cfg, err := settle(c, when, parsed, onlyErrors(problems))
	if err != nil {
		return err
	}
	o := edgeOptions{console: c, logger: logger, files: []string{"built in; groundfront demo --print-config shows it"}, remedies: map[string]string{
		"server.listen[0].address": "choose another with --http",
		"server.listen[1].address": "choose another with --https",
		"server.admin":             "choose another with --admin",
	}}
	return serveEdge(cfg, o, func(e *edge) {
		p := c.paletteFor(c.stderr, when)
		e.banner(c.stderr, p)
		demoTour(c.stderr, p, e.sockets[0].url(), e.admin.Addr())
	})
}

// demoTour prints the four lines to try.
func demoTour(w io.Writer, p palette, edgeURL string, admin net.Addr) {
	fmt.Fprint(w, "Try it:\n")
	for i, step := range demoSteps(edgeURL, httpURL("http", admin)) {
		fmt.Fprintf(w, "\n  %d. %s\n     %s%s%s\n", i+1, step.what, p.bold, step.curl, p.reset)
	}
	fmt.Fprint(w, "\n^C ends it.\n")
}

// A demoStep is one line to try and what it shows.
type demoStep struct{ what, curl string }

func demoSteps(edgeURL, adminURL string) []demoStep {
	return []demoStep{
		{
			"X-Cache says Miss; run it again: Hit, and Age grows",
			"curl -i " + edgeURL + "/products/p06",
		},
		{
			"another query string is another entry: Miss, while the first one stays",
			"curl -i '" + edgeURL + "/products/p06?lang=de'",
		},
		{
			"a POST passes through to the API",
			`curl -i -H 'Content-Type: application/json' -d '{"id":"o1","items":["p06"]}' ` + edgeURL + "/orders",
		},
		{
			"an invalidation: the next GET of 1. is a Miss",
			`curl -i -H 'Content-Type: application/json' -d '{"distribution":"demo","paths":["/products*"]}' ` + adminURL + "/v1/invalidations",
		},
	}
}
