package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/groundfront/groundfront/config"
)

// banner says what runs and where, once the edge is ready.
func (e *edge) banner(w io.Writer, p palette) {
	ready := time.Since(e.started).Round(time.Millisecond)
	fmt.Fprintf(w, "%sgroundfront %s%s ready in %s\n\n", p.bold, version, p.reset, ready)
	for _, s := range e.sockets {
		fmt.Fprintf(w, "  viewers        %s   %s%s\n", s.url(), protocolNames(s), e.trustHint(s))
	}
	fmt.Fprintf(w, "  admin          %s%s\n", httpURL(e.adminScheme(), e.admin.Addr()), e.accessHint())
	if e.monitor != nil {
		fmt.Fprintf(w, "  metrics        %s/metrics\n", httpURL("http", e.monitor.Addr()))
	}
	for i := range e.config.Distributions {
		d := &e.config.Distributions[i]
		names := strings.Join(d.Aliases, ", ")
		if names == "" && len(e.config.Distributions) == 1 {
			names = "localhost"
		}
		fmt.Fprintf(w, "  distribution   %s   %s, %s   %s\n", d.Name, plural(len(d.Origins), "origin"),
			plural(len(d.CacheBehaviors)+1, "cache behavior"), names)
	}
	for _, f := range e.faults() {
		fmt.Fprintf(w, "  inject         %sorigin %s of %s goes wrong on purpose: %v%s\n", p.yellow, f.origin, f.distribution, f.inject, p.reset)
	}
	fmt.Fprintf(w, "  cache          %s in memory%s\n", size(e.config.Cache.Memory.MaxSize), e.diskHint())
	if len(e.options.files) > 0 {
		watched := ""
		if e.config.Server.Watch && e.options.load != nil {
			watched = "   (changes are taken up)"
		}
		fmt.Fprintf(w, "  configuration  %s%s\n", strings.Join(e.options.files, ", "), watched)
	}
	fmt.Fprintln(w)
}

// accessHint says what the admin listener asks for.
func (e *edge) accessHint() string {
	switch who := e.access.Load().who; {
	case who == nil:
		return ""
	case who.Token == nil:
		return "   (client certificate)"
	case who.Certificates != nil:
		return "   (token or client certificate)"
	default:
		return "   (token)"
	}
}

// diskHint says what the disk tier may take, and where.
func (e *edge) diskHint() string {
	d := e.config.Cache.Disk
	if d == nil {
		return ""
	}
	return fmt.Sprintf(", %s in %s", size(d.MaxSize), d.Path)
}

// A fault is an origin that goes wrong on purpose.
type fault struct {
	distribution, origin string
	inject               *config.Inject
}

// faults returns all of them.
func (e *edge) faults() (all []fault) {
	for i := range e.config.Distributions {
		d := &e.config.Distributions[i]
		for j := range d.Origins {
			if o := &d.Origins[j]; o.Inject != nil {
				all = append(all, fault{d.Name, o.Name, o.Inject})
			}
		}
	}
	return all
}

// logReady is the banner as one line of the log, after a warning of each
// origin that goes wrong on purpose.
func (e *edge) logReady() {
	for _, f := range e.faults() {
		e.logger.Warn("an origin goes wrong on purpose", "distribution", f.distribution, "origin", f.origin, "inject", f.inject.String())
	}
	var viewers []string
	for _, s := range e.sockets {
		viewers = append(viewers, s.url())
	}
	e.logger.Info("ready", "version", version, "viewers", viewers, "admin", httpURL(e.adminScheme(), e.admin.Addr()),
		"configuration", e.options.files, "config_hash", e.current.Load().hash)
}

func protocolNames(s socket) string {
	names := s.protocols.String()
	return strings.NewReplacer("http1.1", "HTTP/1.1", "http2", "HTTP/2", "http3", "HTTP/3", "+", ", ").Replace(names)
}

// trustHint says how a viewer trusts the certificates of the local CA.
func (e *edge) trustHint(s socket) string {
	switch {
	case s.source != config.TLSSourceLocalCA || e.ca == nil:
		return ""
	case e.ca.file == "":
		return "   (a CA of this run: curl -k)"
	default:
		return "   (curl --cacert " + shellQuote(e.ca.file) + ")"
	}
}

// shellQuote returns s as one word of a shell.
func shellQuote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("/._-:=@%+,", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
