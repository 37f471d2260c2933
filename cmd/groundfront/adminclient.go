package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/proxy/admin"
)

// defaultAdmin is where an edge listens for its operator if its configuration
// does not say otherwise.
const defaultAdmin = "127.0.0.1:9180"

const (
	adminTimeout   = 10 * time.Second
	maxAdminAnswer = 4 << 20 // bytes
)

// envAdminToken has the token of a running edge.
const envAdminToken = "GROUNDFRONT_ADMIN_TOKEN"

// An adminTarget is a running edge, and how it knows who asks.
type adminTarget struct {
	address           string
	tokenFile         string
	caFile            string
	certFile, keyFile string
}

// register adds the flags.
func (t *adminTarget) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.address, "admin", defaultAdmin, "admin address of the edge: host:port, https://host:port or unix:/path")
	f.StringVar(&t.tokenFile, "admin-token-file", "", "file with the token of the admin interface; without it "+envAdminToken+" has the token, if there is one")
	f.StringVar(&t.caFile, "admin-ca", "", "PEM file of whom its certificate is trusted by, instead of the system's")
	f.StringVar(&t.certFile, "admin-cert", "", "PEM file of a client certificate")
	f.StringVar(&t.keyFile, "admin-key", "", "PEM file of its key")
}

// token returns what to send, "" for none.
func (t *adminTarget) token(getenv func(string) string) (string, error) {
	if t.tokenFile == "" {
		return getenv(envAdminToken), nil
	}
	text, err := os.ReadFile(t.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--admin-token-file: %w", err)
	}
	token, err := secret.First(string(text))
	if err != nil {
		return "", fmt.Errorf("--admin-token-file: %s: %w", t.tokenFile, err)
	}
	return token, nil
}

// tls returns the client's side, nil for plain HTTP.
func (t *adminTarget) tls() (*tls.Config, error) {
	if !strings.HasPrefix(t.address, "https://") {
		if t.caFile != "" || t.certFile != "" || t.keyFile != "" {
			return nil, usagef("--admin-ca, --admin-cert and --admin-key go with --admin https://host:port")
		}
		return nil, nil
	}
	c := new(tls.Config)
	if t.caFile != "" {
		text, err := os.ReadFile(t.caFile)
		if err != nil {
			return nil, fmt.Errorf("--admin-ca: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--admin-ca: %s: %w", t.caFile, errNoCertificate)
		}
	}
	if t.certFile != "" || t.keyFile != "" {
		pair, err := tls.LoadX509KeyPair(t.certFile, t.keyFile)
		if err != nil {
			return nil, fmt.Errorf("--admin-cert and --admin-key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// An adminClient speaks to the admin listener of a running edge.
type adminClient struct {
	address string
	base    string
	token   string // "" for none
	http    http.Client
}

// client takes what server.admin takes: host:port or unix:/path. A host left out
// is this machine.
func (t *adminTarget) client(console console) (*adminClient, error) {
	token, err := t.token(console.getenv)
	if err != nil {
		return nil, err
	}
	secured, err := t.tls()
	if err != nil {
		return nil, err
	}
	address := strings.TrimPrefix(strings.TrimPrefix(t.address, "https://"), "http://")
	c := &adminClient{address: t.address, base: "http://localhost", token: token}
	c.http.Timeout = adminTimeout
	if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
		c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}
		return c, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("--admin %q is not an address such as %s or unix:/path", t.address, defaultAdmin)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	c.base = "http://" + net.JoinHostPort(host, port)
	if secured != nil {
		c.base = "https://" + net.JoinHostPort(host, port)
	}
	c.http.Transport = &http.Transport{TLSClientConfig: secured}
	return c, nil
}

func (c *adminClient) close() { c.http.CloseIdleConnections() }

// do sends body as JSON, if there is one, and decodes the answer into into.
// A refusal of the edge is an error with the edge's words; what it has of the
// answer is decoded too.
func (c *adminClient) do(ctx context.Context, method, path string, body, into any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return &failure{exitUnreachable, fmt.Errorf("nobody answers at the admin address %s: %w; "+
			"is the edge running? name another address with --admin", c.address, errors.Unwrap(err))}
	}
	defer response.Body.Close()
	return decodeAnswer(response, into)
}

func decodeAnswer(response *http.Response, into any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAdminAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode < 300 {
		return json.Unmarshal(text, into)
	}
	if response.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("the edge wants its token: name the file that has it with --admin-token-file, or set %s", envAdminToken)
	}
	_ = json.Unmarshal(text, into) // what a refusal has of the answer
	var refused admin.ErrorBody
	if json.Unmarshal(text, &refused) == nil && refused.Error.Message != "" {
		return fmt.Errorf("the edge refused: %s", strings.TrimPrefix(refused.Error.Message, admin.ErrRefused.Error()+": "))
	}
	var status admin.Status
	if json.Unmarshal(text, &status) == nil && status.Status != "" {
		return fmt.Errorf("%s: %s", status.Status, status.Detail)
	}
	return fmt.Errorf("the edge answered %s", response.Status)
}
