package waf

import "time"

// TokenAbsent matches requests without a token, and labels all that it asks
// about with what their token is worth, as groups do that manage bots
// (WF-MRG-02). It is not a statement of AWS's: rule groups are made of it.
type TokenAbsent struct{}

// tokenPrefix is what the labels begin with, and tokenImmunity how long a
// challenge that was solved counts for them (WF-TOK-02).
const (
	tokenPrefix   = "awswaf:managed:token:"
	tokenImmunity = 300 * time.Second
)

// A tokenAbsent is compiled: the labels, by TokenFailure.
type tokenAbsent struct {
	labels [TokenDomainMismatch + 1][]int
}

// String identifies the statement.
func (TokenAbsent) String() string { return "token absent" }

func (TokenAbsent) compile(k *compiler, _ string, _ bool) (statement, error) {
	t := &tokenAbsent{}
	for failure, names := range map[TokenFailure][]string{
		TokenValid:          {"accepted"},
		TokenMissing:        {"absent"},
		TokenExpired:        {"rejected", "rejected:expired"},
		TokenInvalid:        {"rejected", "rejected:invalid"},
		TokenDomainMismatch: {"rejected", "rejected:domain_mismatch"},
	} {
		for _, name := range names {
			t.labels[failure] = append(t.labels[failure], k.label(tokenPrefix+name))
		}
	}
	return statement{kind: statementToken, token: t}, nil
}

func (t *tokenAbsent) match(e *evaluation) match {
	state := TokenState{Failure: TokenMissing}
	if value := TokenOf(e.request.Fields); value != "" {
		state.Failure = TokenInvalid
		if e.acl.tokens != nil {
			state = e.acl.tokens.Check(value, e.request.Host, ActionChallenge, tokenImmunity, e.request.Now)
		}
	}
	e.pending = append(e.pending, t.labels[state.Failure]...)
	return matchIf(state.Failure == TokenMissing)
}
