package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/proxy/admin"
)

// defaultAdmin is where an edge listens for its operator if its configuration
// does not say otherwise.
const defaultAdmin = "127.0.0.1:9180"

const (
	adminTimeout   = 10 * time.Second
	maxAdminAnswer = 4 << 20 // bytes
)

// adminFlag is the address of a running edge.
func adminFlag(cmd *cobra.Command, address *string) {
	cmd.Flags().StringVar(address, "admin", defaultAdmin, "admin address of the edge: host:port or unix:/path")
}

// An adminClient speaks to the admin listener of a running edge.
type adminClient struct {
	address string
	base    string
	http    http.Client
}

// newAdminClient takes what server.admin takes: host:port or unix:/path. A
// host left out is this machine.
func newAdminClient(address string) (*adminClient, error) {
	c := &adminClient{address: address, base: "http://localhost"}
	c.http.Timeout = adminTimeout
	if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
		c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}
		return c, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("--admin %q is not an address such as %s or unix:/path", address, defaultAdmin)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	c.base = "http://" + net.JoinHostPort(host, port)
	c.http.Transport = new(http.Transport)
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
	_ = json.Unmarshal(text, into) // what a refusal has of the answer
	var refused admin.ErrorBody
	if json.Unmarshal(text, &refused) == nil && refused.Error.Message != "" {
		return fmt.Errorf("the edge refused: %s", refused.Error.Message)
	}
	var status admin.Status
	if json.Unmarshal(text, &status) == nil && status.Status != "" {
		return fmt.Errorf("%s: %s", status.Status, status.Detail)
	}
	return fmt.Errorf("the edge answered %s", response.Status)
}
