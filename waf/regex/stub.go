// Stands in until the package is there: remove this file then.
package regex

import "regexp"

type Regexp struct{ re *regexp.Regexp }

func Compile(p string) (*Regexp, error) { re, err := regexp.Compile(p); return &Regexp{re}, err }
func (r *Regexp) Match(s string) bool   { return r.re.MatchString(s) }
func (r *Regexp) Find(s string) (int, int) {
	x := r.re.FindStringIndex(s)
	if x == nil {
		return -1, -1
	}
	return x[0], x[1]
}
func (r *Regexp) Literals() []string { return nil }
