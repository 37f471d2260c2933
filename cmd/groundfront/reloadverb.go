package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/admin"
)

func newReload(c console) *cobra.Command {
	var target adminTarget
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have a running edge read its configuration again",
		Long: `Have a running edge read its configuration again, and the files that it names:
certificates, keys, databases. It is all or nothing. If anything is wrong, it is
printed, the process ends with 3, and the edge goes on with what it had. No
request fails, and none changes its configuration half way.

SIGHUP does the same, without an answer.`,
		Args: arguments(cobra.NoArgs),
	}
	target.register(cmd)
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := target.client(c)
		if err != nil {
			return err
		}
		defer client.close()
		return runReload(cmd.Context(), c, colorOf(cmd), client, output.value)
	}
	return cmd
}

// runReload has an edge reload, and prints what it says.
func runReload(ctx context.Context, c console, when colorWhen, client *adminClient, output string) error {
	var done admin.Reload
	err := client.do(ctx, http.MethodPost, "/v1/reload", struct{}{}, &done)
	if err != nil && done.Result == "" { // it was not tried
		return err
	}
	if output == "json" {
		if err := json.NewEncoder(c.stdout).Encode(done); err != nil {
			return err
		}
	} else {
		var problems config.Diagnostics
		if err := json.Unmarshal(done.Diagnostics, &problems); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		printProblems(c, when, problems)
	}
	switch done.Result {
	case admin.ReloadOK:
		return printReload(c, done, output)
	case admin.ReloadInvalid:
		return &failure{exitConfig, err}
	default:
		return err
	}
}

func printReload(c console, done admin.Reload, output string) error {
	if output == "json" {
		return nil
	}
	words := "the configuration is in use"
	if !done.Changed {
		words = "the configuration is the same; the files that it names were read again"
	}
	_, err := fmt.Fprintf(c.stdout, "%s: %s\n", done.ConfigHash, words)
	return err
}
