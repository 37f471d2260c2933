package crs

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
	"github.com/corazawaf/coraza/v3/types"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Request is what is inspected. The strings are only read until Inspect
// returns, so they may be views of a buffer.
type Request struct {
	Method string
	// Target is that of the request line as it was received: the engine parses
	// it by itself, and what was parsed before would hide an attack on the
	// parser (WF-KI-06).
	Target string
	Proto  string // HTTP/1.1, HTTP/2.0
	// Fields are in the order in which they came, with Host, and with those
	// that frame the content: rules compare them.
	Fields field.Lines
	// Viewer is the address that the connection comes from.
	Viewer netip.AddrPort
	// Body is the content without chunks, or its beginning.
	Body []byte
	// Cut says that there is more of the content than Body has.
	Cut bool
}

// A Result is what the rule set says of a Request.
type Result struct {
	// Blocked says that Score is at the threshold.
	Blocked bool
	Score   int
	// Rules are the numbers of the rules that matched, in the order in which
	// they did, without those that only compute.
	Rules []int
	// Skipped is what was not inspected.
	Skipped Skip
}

// A Skip is a part of a request that is not inspected since it has more values
// than Options.MaxLeaves.
type Skip uint8

// SkipNothing to SkipRequest are the Skips.
const (
	SkipNothing Skip = iota
	SkipBody         // the content; all else was inspected
	SkipRequest      // all of it
)

func (s Skip) String() string {
	switch s {
	case SkipNothing:
		return "nothing"
	case SkipBody:
		return "body"
	case SkipRequest:
		return "request"
	}
	return "Skip(" + strconv.Itoa(int(s)) + ")"
}

// Inspect tries the rules on a request. An error says that they were not, or
// not all: whether the request goes on then is the caller's decision. ctx ends
// the wait for a turn, and the time between the two phases of an inspection.
func (e *Engine) Inspect(ctx context.Context, r *Request) (Result, error) {
	return e.inspect(ctx, r, nil)
}

// inspect is Inspect with a function that sees the rules that matched.
func (e *Engine) inspect(ctx context.Context, r *Request, see func(types.MatchedRule)) (result Result, err error) {
	skip := e.skip(r)
	if skip == SkipRequest {
		return Result{Skipped: skip}, nil
	}
	if err := e.enter(ctx); err != nil {
		return Result{}, err
	}
	defer e.leave()
	defer func() {
		// Input that the engine does not survive must not end the program. The
		// transaction is left to the garbage collector, in whatever state.
		if p := recover(); p != nil {
			result, err = Result{}, fmt.Errorf("crs: the engine panicked: %v", p)
		}
	}()
	tx := e.waf.NewTransaction()
	if err := e.run(ctx, tx, r, skip); err != nil {
		_ = tx.Close() // what went wrong first counts
		return Result{}, err
	}
	result = e.result(tx, see)
	result.Skipped = skip
	if err := tx.Close(); err != nil {
		return Result{}, fmt.Errorf("crs: %w", err)
	}
	return result, nil
}

// run gives the engine the request, as far as skip says.
func (e *Engine) run(ctx context.Context, tx types.Transaction, r *Request, skip Skip) error {
	tx.ProcessConnection(r.Viewer.Addr().String(), int(r.Viewer.Port()), "", 0)
	tx.ProcessURI(r.Target, r.Method, r.Proto)
	tx.SetServerName(r.Fields.Get("Host"))
	for _, l := range r.Fields {
		tx.AddRequestHeader(l.Name, l.Value)
	}
	tx.ProcessRequestHeaders()
	if err := ctx.Err(); err != nil {
		return err
	}
	body, cut := r.Body, r.Cut
	if limit := e.bodyLimit(); skip == SkipBody {
		body = nil
	} else if len(body) > limit {
		body, cut = body[:limit], true
	}
	if cut {
		variablesOf(tx).TX().Set(cutVariable, []string{"1"})
	}
	if len(body) > 0 {
		if _, _, err := tx.WriteRequestBody(body); err != nil {
			return fmt.Errorf("crs: %w", err)
		}
	}
	// Without a content too: most rules of arguments are of this phase
	// (WF-CZ-04).
	if _, err := tx.ProcessRequestBody(); err != nil {
		return fmt.Errorf("crs: %w", err)
	}
	return nil
}

// bodyLimit is how much is inspected of a content.
func (e *Engine) bodyLimit() int { return max(0, e.options.BodyLimit) }

// result adds up what matched.
func (e *Engine) result(tx types.Transaction, see func(types.MatchedRule)) (result Result) {
	for _, rule := range tx.MatchedRules() {
		logged, ok := rule.(interface{ Log() bool })
		if ok && !logged.Log() {
			continue
		}
		if see != nil {
			see(rule)
		}
		if id := rule.Rule().ID(); !evaluates(id) && !slices.Contains(result.Rules, id) {
			result.Rules = append(result.Rules, id)
		}
	}
	if score := variablesOf(tx).TX().Get("blocking_inbound_anomaly_score"); len(score) > 0 {
		result.Score, _ = strconv.Atoi(score[0]) // the rule set's own sum
	}
	result.Blocked = result.Score >= e.options.Threshold
	return result
}

// evaluates reports whether a rule is one that compares the sum with the
// threshold.
func evaluates(id int) bool { return id/1000 == 949 }

func variablesOf(tx types.Transaction) plugintypes.TransactionVariables {
	return tx.(plugintypes.TransactionState).Variables()
}
