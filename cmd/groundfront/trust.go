package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/proxy/listener"
)

func newTrust(c console) *cobra.Command {
	var dir string
	var printPEM, install bool
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Show how viewers come to trust the local CA, or have this system trust it",
		Long: `Show how viewers come to trust the local CA, the authority behind
tls: local_ca. Nothing is changed, unless --install is given: then the trust
stores of this system and of browsers that are found take it in.`,
		Args: arguments(cobra.NoArgs),
	}
	authorityFlag(cmd, &dir)
	cmd.Flags().BoolVar(&printPEM, "print", false, "print the authority's certificate, in PEM, and nothing else")
	cmd.Flags().BoolVar(&install, "install", false, "put it into the trust stores that are found here")
	cmd.MarkFlagsMutuallyExclusive("print", "install")
	cmd.RunE = func(*cobra.Command, []string) error {
		a, err := findAuthority(c.getenv, dir)
		if err != nil {
			return err
		}
		switch {
		case printPEM:
			_, err := c.stdout.Write(a.pem)
			return err
		case install:
			return changeStores(c.stdout, thisTrustHost(c.getenv), a, trustAdd)
		}
		return explainTrust(c.stdout, a, trustAdd)
	}
	return cmd
}

func newUntrust(c console) *cobra.Command {
	var dir string
	var remove bool
	cmd := &cobra.Command{
		Use:   "untrust",
		Short: "Show how the local CA is no longer trusted, or have this system forget it",
		Long: `Show how the local CA is taken out of trust stores again. Nothing is changed,
unless --remove is given.`,
		Args: arguments(cobra.NoArgs),
	}
	authorityFlag(cmd, &dir)
	cmd.Flags().BoolVar(&remove, "remove", false, "take it out of the trust stores that are found here")
	cmd.RunE = func(*cobra.Command, []string) error {
		a, err := readAuthority(dirOfAuthority(c.getenv, dir))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("there is no local CA in %s: name the folder of the one that was trusted with --dir", dirOfAuthority(c.getenv, dir))
		case err != nil:
			return err
		case remove:
			return changeStores(c.stdout, thisTrustHost(c.getenv), a, trustRemove)
		}
		return explainTrust(c.stdout, a, trustRemove)
	}
	return cmd
}

func authorityFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "`FOLDER` where the edge keeps its local CA (default that of an edge started here)")
	_ = cmd.MarkFlagDirname("dir")
}

// An authority is the local CA as those see it who may trust it.
type authority struct {
	dir, file   string
	pem         []byte
	certificate *x509.Certificate
}

func dirOfAuthority(getenv func(string) string, dir string) string {
	if dir == "" {
		dir = localCADir(getenv)
	}
	if absolute, err := filepath.Abs(dir); err == nil && dir != "" {
		return absolute
	}
	return dir
}

// findAuthority reads the authority of the edges that are started here, and makes
// it if there was none yet, as the first of them would.
func findAuthority(getenv func(string) string, dir string) (*authority, error) {
	dir = dirOfAuthority(getenv, dir)
	if dir == "" {
		return nil, errors.New("there is no folder for a local CA: set HOME, or name one with --dir")
	}
	a, err := readAuthority(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if _, err := listener.OpenLocalCA(dir, nil, nil); err != nil {
		return nil, fmt.Errorf("%w; an edge that cannot write there has another CA with each start: "+
			"set STATE_DIRECTORY, for the edge and here, to a folder that can be written", err)
	}
	return readAuthority(dir)
}

// readAuthority reads the certificate alone: its key is not needed.
func readAuthority(dir string) (*authority, error) {
	a := &authority{dir: dir, file: filepath.Join(dir, "ca.pem")}
	var err error
	if a.pem, err = os.ReadFile(a.file); err != nil {
		return nil, err
	}
	block, _ := pem.Decode(a.pem)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s is not a certificate in PEM", a.file)
	}
	if a.certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fmt.Errorf("%s: %w", a.file, err)
	}
	if !a.certificate.IsCA {
		return nil, fmt.Errorf("%s is not the certificate of an authority", a.file)
	}
	return a, nil
}

// explainTrust prints what to do for every system, whatever this one is: the
// viewer may be another.
func explainTrust(w io.Writer, a *authority, change trustChange) error {
	p := &printer{w: w}
	p.linef("The local CA is %s", a.file)
	p.linef("  SHA-256  %x", sha256.Sum256(a.certificate.Raw))
	p.linef("  valid    until %s", a.certificate.NotAfter.UTC().Format(time.DateOnly))
	p.linef("Whoever has ca-key.pem, beside it, can pretend to be any site to those who trust it.")
	if change == trustAdd {
		p.linef("\nFor one program, without a change to the system:")
		for _, s := range forOneProgram {
			p.linef("  %-21s %s", s.name, s.before+shellQuote(a.file)+s.after)
		}
	}
	for _, s := range trustStores {
		p.linef("\n%s:", s.name)
		for _, command := range s.shown(a, change) {
			p.linef("  %s", command)
		}
	}
	p.linef("\nFirefox, elsewhere: Settings, Privacy & Security, View Certificates, Authorities: %s.", change.inFirefox())
	flag := "--install"
	if change == trustRemove {
		flag = "--remove"
	}
	p.linef("\n%s does it for the stores that are found on this system.", flag)
	return p.err
}

// A printer keeps the first error of writing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) linef(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
