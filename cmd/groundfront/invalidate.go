package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/proxy/admin"
)

// An invalidate is one call of the verb.
type invalidate struct {
	console console
	target  adminTarget
	request admin.InvalidationRequest
	tags    []string
	wait    bool
	output  *word
}

func newInvalidate(c console) *cobra.Command {
	v := invalidate{console: c}
	cmd := &cobra.Command{
		Use:   "invalidate [PATH...]",
		Short: "Make stored responses unusable by path or tag, as CreateInvalidation does",
		Long: `Make stored responses unusable by path or cache tag, as CloudFront's
CreateInvalidation does. A path begins with "/", is compared with the query
string included, and may end with "*". Quote it, so that the shell leaves the
star alone. A tag has no wildcard; the distribution must have cache_tag_header.

  groundfront invalidate --distribution shop '/products*'
  groundfront invalidate --tag product-17 --dry-run`,
	}
	v.target.register(cmd)
	cmd.Flags().StringVarP(&v.request.Distribution, "distribution", "d", "", "name of the distribution; may be left out if there is only one")
	cmd.Flags().StringVar(&v.request.CallerReference, "caller-reference", "", "makes repeating the request harmless")
	cmd.Flags().StringArrayVar(&v.tags, "tag", nil, "cache tag; repeat it for several")
	cmd.Flags().BoolVar(&v.request.DryRun, "dry-run", false, "only count the responses in memory that would be invalidated")
	cmd.Flags().BoolVar(&v.wait, "wait", false, "wait until the invalidation is completed")
	v.output = outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error { return v.run(cmd.Context(), paths) }
	return cmd
}

func (v *invalidate) run(ctx context.Context, paths []string) error {
	v.request.Paths = paths
	for _, tag := range v.tags {
		v.request.Paths = append(v.request.Paths, "#"+strings.TrimPrefix(tag, "#"))
	}
	if len(v.request.Paths) == 0 {
		return usagef("name what to invalidate: a path such as '/products*', or --tag TAG")
	}
	client, err := v.target.client(v.console)
	if err != nil {
		return err
	}
	defer client.close()
	if v.request.DryRun {
		return v.count(ctx, client)
	}
	return v.create(ctx, client)
}

// count tells how many stored responses match.
func (v *invalidate) count(ctx context.Context, client *adminClient) error {
	var answer admin.Matching
	if err := client.do(ctx, http.MethodPost, "/v1/invalidations", v.request, &answer); err != nil {
		return err
	}
	return v.print(answer, fmt.Sprintf("dry run: %s would be invalidated", plural(answer.Matching, "stored response")))
}

// create invalidates, and waits for the end if it is to.
func (v *invalidate) create(ctx context.Context, client *adminClient) error {
	var created admin.Invalidation
	if err := client.do(ctx, http.MethodPost, "/v1/invalidations", v.request, &created); err != nil {
		return err
	}
	if v.wait {
		if err := await(ctx, client, &created); err != nil {
			return err
		}
	}
	return v.print(created, fmt.Sprintf("%s %s: %s in %s", created.ID, created.Status, counted(created.Paths), created.Distribution))
}

// print writes the answer, or what it says in words.
func (v *invalidate) print(answer any, words string) error {
	if v.output.value == "json" {
		return json.NewEncoder(v.console.stdout).Encode(answer)
	}
	_, err := fmt.Fprintln(v.console.stdout, words)
	return err
}

// counted says how many paths and tags there are.
func counted(items []string) string {
	tags := 0
	for _, i := range items {
		if strings.HasPrefix(i, "#") {
			tags++
		}
	}
	switch paths := len(items) - tags; {
	case tags == 0:
		return plural(paths, "path")
	case paths == 0:
		return plural(tags, "tag")
	default:
		return plural(paths, "path") + " and " + plural(tags, "tag")
	}
}

const (
	waitStep  = 500 * time.Millisecond
	waitLimit = 10 * time.Minute
)

var errStillInProgress = errors.New("the invalidation is still in progress")

// await asks for the invalidation until it is completed (CF-INV-20).
func await(ctx context.Context, client *adminClient, i *admin.Invalidation) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitLimit, errStillInProgress)
	defer cancel()
	for i.Status != invalidation.StatusCompleted.String() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(waitStep):
		}
		if err := client.do(ctx, http.MethodGet, "/v1/invalidations/"+url.PathEscape(i.ID), nil, i); err != nil {
			return err
		}
	}
	return nil
}
