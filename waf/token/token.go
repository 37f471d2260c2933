package token

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/waf"
)

// A puzzle is what the edge asks a viewer to solve: its text is
//
//	1.KIND.TIME.HOST.MAC
//
// with the time in seconds since 1970 and the host and MAC in base64url.
type puzzle struct {
	kind waf.Action // ActionChallenge, or ActionCaptcha, which counts as both
	at   time.Time
	host string // the domain that it is for, in lower case
	mac  string
}

// The kinds, in a puzzle.
const (
	kindChallenge = "challenge"
	kindCaptcha   = "captcha"
)

// zeroBits is how many zero bits the hash of a solved puzzle begins with: a
// browser finds one in some milliseconds.
const zeroBits = 12

// maxToken is the length of a token: a host has at most 253 bytes.
const maxToken = 512

var encoding = base64.RawURLEncoding

// errMalformed is what is wrong with a text that is no token.
var errMalformed = errors.New("not a token")

// signed returns what the MAC is of.
func (p *puzzle) signed() string {
	kind := kindChallenge
	if p.kind == waf.ActionCaptcha {
		kind = kindCaptcha
	}
	return fmt.Sprintf("1.%s.%d.%s", kind, p.at.Unix(), encoding.EncodeToString([]byte(p.host)))
}

// parse reads a puzzle and the number that solves it.
func parse(token string) (p puzzle, text string, err error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 6 || parts[0] != "1" {
		return p, "", errMalformed
	}
	switch parts[1] {
	case kindChallenge:
		p.kind = waf.ActionChallenge
	case kindCaptcha:
		p.kind = waf.ActionCaptcha
	default:
		return p, "", errMalformed
	}
	seconds, err := strconv.ParseUint(parts[2], 10, 40)
	if err != nil {
		return p, "", errMalformed
	}
	p.at = time.Unix(int64(seconds), 0)
	host, err := encoding.DecodeString(parts[3])
	if err != nil {
		return p, "", errMalformed
	}
	if _, err := strconv.ParseUint(parts[5], 10, 53); err != nil {
		return p, "", errMalformed
	}
	p.host, p.mac = string(host), parts[4]
	return p, strings.Join(parts[:4], "."), nil
}

// isSolved reports whether the hash of a token begins with enough zero bits.
func isSolved(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return bits.LeadingZeros16(uint16(sum[0])<<8|uint16(sum[1])) >= zeroBits
}

// Solve returns the token that solves a puzzle, as the page does. It is for
// tests, and for programs that want to pass.
func Solve(puzzle string) string {
	for n := 0; ; n++ {
		if token := puzzle + "." + strconv.Itoa(n); isSolved(token) {
			return token
		}
	}
}
