package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/admin"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// batch returns what a request wants to invalidate, and where.
func (e *edge) batch(r admin.InvalidationRequest) (invalidation.Batch, *proxy.Distribution, error) {
	d, err := e.distribution(r.Distribution)
	if err != nil {
		return invalidation.Batch{}, nil, err
	}
	return invalidation.Batch{
		Distribution: d.DomainName, CallerReference: r.CallerReference, Paths: r.Paths,
		AcceptsTags: d.CacheTagHeader != "", Escapes: e.proxy.Snapshot().Choices.InvalidationEscapes,
	}, d, nil
}

// invalidate makes the responses of a distribution unusable.
func (e *edge) invalidate(_ context.Context, r admin.InvalidationRequest) (admin.Invalidation, error) {
	batch, d, err := e.batch(r)
	if err != nil {
		return admin.Invalidation{}, err
	}
	created, err := e.invalidations.Add(batch, e.clock.Now())
	if err != nil {
		return admin.Invalidation{}, refusedInvalidation(err)
	}
	for _, p := range created.Paths {
		e.countInvalidation(p)
	}
	e.logger.Info("invalidation", "id", created.ID, "distribution", d.Name, "paths", len(created.Paths))
	return adminInvalidation(created, d.Name), nil
}

// countMatching answers a dry run.
func (e *edge) countMatching(ctx context.Context, r admin.InvalidationRequest) (int, error) {
	batch, _, err := e.batch(r)
	if err != nil {
		return 0, err
	}
	n, err := e.cache.Matching(ctx, batch)
	if err != nil {
		return 0, refusedInvalidation(err)
	}
	return n, nil
}

// refusedInvalidation gives err the kind that decides on the answer's status.
func refusedInvalidation(err error) error {
	kind := admin.ErrBusy
	if refused := (*invalidation.Error)(nil); errors.As(err, &refused) {
		switch refused.Kind {
		case invalidation.KindReferenceReused:
			kind = admin.ErrConflict
		case invalidation.KindTooManyPaths, invalidation.KindTooManyWildcards, invalidation.KindTooManyDistributions:
			kind = admin.ErrLimit
		default:
			kind = admin.ErrInvalid
		}
	}
	return fmt.Errorf("%w: %w", kind, err)
}

func (e *edge) countInvalidation(path string) {
	kind := metrics.InvalidationExact
	if strings.HasPrefix(path, "#") {
		kind = metrics.InvalidationTag
	} else if p, err := invalidation.CompilePath(path); err == nil && p.Wildcard() {
		kind = metrics.InvalidationWildcard
	}
	e.metrics.Invalidated(kind)
}

// listInvalidations returns those of one distribution, or of all, the latest
// first.
func (e *edge) listInvalidations(distribution string) ([]admin.Invalidation, error) {
	names := map[string]string{}
	if distribution != "" {
		d, err := e.distribution(distribution)
		if err != nil {
			return nil, err
		}
		names[d.DomainName] = d.Name
	} else {
		names = e.distributionNames()
	}
	var found []invalidation.Invalidation
	for domain := range names {
		found = append(found, e.invalidations.Invalidations(domain)...)
	}
	slices.SortFunc(found, func(a, b invalidation.Invalidation) int { return strings.Compare(b.ID, a.ID) })
	all := make([]admin.Invalidation, len(found))
	for i, f := range found {
		all[i] = adminInvalidation(f, names[f.Distribution])
	}
	return all, nil
}

// findInvalidation returns the one with an id.
func (e *edge) findInvalidation(id string) (admin.Invalidation, error) {
	found, ok := e.invalidations.Invalidation(id)
	if !ok {
		return admin.Invalidation{}, fmt.Errorf("invalidation %q: %w", id, admin.ErrNotFound)
	}
	return adminInvalidation(found, e.distributionNames()[found.Distribution]), nil
}

// distributionNames returns the names of the distributions by domain name.
func (e *edge) distributionNames() map[string]string {
	names := map[string]string{}
	for _, d := range e.proxy.Snapshot().Distributions {
		names[d.DomainName] = d.Name
	}
	return names
}

func adminInvalidation(i invalidation.Invalidation, distribution string) admin.Invalidation {
	return admin.Invalidation{
		ID: i.ID, Distribution: distribution, Status: i.Status.String(), CreateTime: i.Created,
		Paths: i.Paths, CallerReference: i.CallerReference,
	}
}
