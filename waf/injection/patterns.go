package injection

import "strings"

// What HIGH adds to libinjection are patterns of lexemes (WF-ARC-12). They see
// what it does not: the middle of a statement, queries without a context that
// they leave, names that only SQL servers have. One pass looks at each lexeme
// with those before it; none of the patterns goes back further than the
// window, so that time is linear.
//
// A quote may open or close. Of those that are alike the first, third and so
// on is taken for one that leaves the string of a statement, unless something
// stands before it that a string follows: honest text has quotes in pairs.
//
// There are two degrees. For a sensitivity of HIGH what is said by a statement
// is enough, wherever it stands. Where honest texts may be about SQL, or be
// other code, a statement must begin where an injected one would: with the
// value, or behind what ends a condition.

// A token is a lexeme with what is known of it.
type token struct {
	lexeme
	role  role
	leave bool // a quote that may end a string of the statement around the value
}

func (t *token) is(r role) bool { return t.role&r != 0 }

// isByte reports whether t is the single byte c.
func (t *token) isByte(c byte) bool { return len(t.text) == 1 && t.text[0] == c }

// operand reports whether t may begin a value other than the name of a column.
func (t *token) operand() bool {
	return t.shape == shapeNumber || t.shape == shapeQuote || t.isByte('(') || t.isByte('@') || t.is(roleConstant)
}

// comparison reports whether t is an operator whose result is a condition.
func (t *token) comparison() bool {
	if t.shape == shapeOperator {
		switch t.text[0] {
		case '=', '<', '>':
			return true
		}
		return len(t.text) > 1 && t.text[1] == '='
	}
	return t.is(roleCompare)
}

// logic reports whether t connects conditions.
func (t *token) logic() bool { return t.is(roleLogic) || t.text == "||" || t.text == "&&" }

// windowSize is how many tokens are kept; a power of two.
const windowSize = 16

// A window is the tokens up to the one that is looked at.
type window struct {
	tokens [windowSize]token
	n      int  // of all that there were
	seen   role // of all that there were
	left   bool // there was a quote that may leave a string
	strict bool // a statement must begin where an injected one would
}

// at returns the i-th token before the last one, which is at(0). Before the
// first there are tokens without a text.
func (w *window) at(i int) *token { return &w.tokens[(w.n-1-i)&(windowSize-1)] }

// free returns the place of the next token, which push makes the last one.
func (w *window) free() *token { return &w.tokens[w.n&(windowSize-1)] }

func (w *window) push() {
	t := w.free()
	w.n++
	w.seen |= t.role
	w.left = w.left || t.leave
}

// skip returns the place of the first token from i on, backward, for which
// skipped is false.
func (w *window) skip(i int, skipped func(*token) bool) int {
	for i < windowSize-1 && skipped(w.at(i)) {
		i++
	}
	return i
}

// wrapping reports whether t may stand around a value or in front of it
// without a change of what it is.
func wrapping(t *token) bool {
	return t.shape == shapeQuote || t.shape == shapeRemark || t.isByte('(') || t.isByte('!') || t.isByte('~') || t.isByte('-') || t.isByte('+') || t.is(roleNot)
}

func closing(t *token) bool { return t.isByte(')') }

// begins reports whether a statement may begin behind the i-th token before
// the last one.
func (w *window) begins(i int) bool {
	if !w.strict || i >= w.n {
		return true
	}
	t := w.at(i)
	switch {
	case t.shape == shapeNumber, t.shape == shapeOperator, t.shape == shapeRemark, t.leave:
		return true
	case len(t.text) == 1 && strings.Contains("();", t.text):
		return true
	}
	return t.logic() || t.is(roleUnion|roleEvery|roleNot)
}

// matchesPattern reports whether value has one of the patterns.
func matchesPattern(value string, strict bool) bool {
	w := window{strict: strict}
	var quotes [3]int
	comment := false // in front of the lexeme, without white space
	for l := (lexer{text: value}); ; {
		t := w.free()
		t.lexeme, t.role, t.leave = l.next(), 0, false
		switch t.shape {
		case shapeEnd:
			return w.ends()
		case shapeVersion:
			if t.text != "*/" {
				return true
			}
			continue
		case shapeComment:
			if w.comments() {
				return true
			}
			comment = t.glued
			continue
		case shapeRemark:
			if (l.at == len(value) || blank(value[l.at])) && (w.comments() || w.cuts(l.at == len(value))) {
				return true
			}
		case shapeQuote:
			n := &quotes[quoteNumber(t.text[0])]
			*n++
			t.leave = *n%2 == 1 && !(w.n > 0 && w.opens(t, value[l.at:]))
		case shapeWord:
			t.role = rolesOf(t.text, hashOf(t.text))
			if comment && t.glued && w.split(t) {
				return true
			}
		}
		comment = false
		w.push()
		if w.match() {
			return true
		}
	}
}

// opens reports whether a quote, behind the last token and before rest, begins
// a string: there is white space in front of it, or what a string follows, and
// none behind it.
func (w *window) opens(quote *token, rest string) bool {
	if rest == "" || blank(rest[0]) {
		return false
	}
	last := w.at(0)
	return !quote.glued || len(last.text) == 1 && strings.Contains("{[(:,", last.text)
}

func quoteNumber(quote byte) int {
	switch quote {
	case '\'':
		return 0
	case '"':
		return 1
	}
	return 2
}

// match reports whether a pattern ends in the last token.
func (w *window) match() bool {
	switch t := w.at(0); t.shape {
	case shapeWord:
		return t.is(roleSchema) || w.query() || w.statement() || w.clause() || w.leaving() || w.cast() || w.mongo()
	case shapeNumber:
		return w.leaving() || w.ordering() || w.query()
	case shapeQuote:
		return w.leaving() || w.query() || w.statement() || w.containment()
	case shapeOperator:
		return w.condition()
	}
	return w.call() || w.leaving() || w.query() || w.statement()
}

// ends reports whether a pattern ends with the value.
func (w *window) ends() bool {
	last, before := w.at(0), w.at(1)
	switch {
	case last.isByte(';'): // ';
		return before.leave
	case last.is(roleFrom): // ) as x from
		w.push() // as if a table followed
		return w.alias()
	}
	return false
}

// comments reports whether a comment that follows the last token cuts off the
// rest of a statement: '-- and ')#
func (w *window) comments() bool {
	i := w.skip(0, func(t *token) bool { return t.isByte(')') || t.isByte(';') })
	return w.at(i).leave
}

// cuts reports whether a comment to the end of the line, which is the last of
// the value or not, cuts off the rest of a statement behind more than a quote:
// '-email--, ' is not null --, drop x;--
func (w *window) cuts(last bool) bool {
	if last && w.at(0).isByte(';') {
		return w.at(1).is(roleStatement) || w.at(2).is(roleStatement) || w.at(3).is(roleStatement)
	}
	if !w.left {
		return false
	}
	for i := 1; i < windowSize-1; i++ {
		if quote, next := w.at(i), w.at(i-1); quote.shape == shapeQuote {
			return quote.leave && (next.logic() || next.shape == shapeOperator || next.is(roleCompare) || len(next.text) == 1 && strings.Contains("+-*/%", next.text))
		}
	}
	return false
}

// split reports whether t, behind a comment without white space, shows that
// the comment stands for white space or cuts a word: union/**/select,
// un/**/ion.
func (w *window) split(t *token) bool {
	const telling = roleUnion | roleSelect | roleFrom | roleDefine | roleLogic | roleInto | roleInsert | roleDeclare | roleExecute
	before := w.at(0)
	return t.is(telling) || before.is(telling) || before.shape == shapeWord && joins(before.text, t.text)
}

// query reports whether a query, or its union with another, is recognized at
// the last token.
func (w *window) query() bool {
	t, before := w.at(0), w.at(1)
	switch {
	case w.seen&(roleUnion|roleSelect|roleFrom) == 0:
		return false
	case t.is(roleSelect), equalFold("values", t.text): // union all (select
		i := w.skip(1, func(t *token) bool { return wrapping(t) || t.is(roleEvery) })
		return w.at(i).is(roleUnion) && (i > 1 || w.begins(2))
	case before.is(roleSelect): // select *, select(, select @@version, select 'x'
		return w.begins(2) && (t.isByte('*') || t.isByte('(') || t.isByte('@') || t.shape == shapeQuote && w.at(2).shape != shapeQuote || t.is(roleConstant) || t.is(roleSleep) || long(t))
	case w.at(2).is(roleSelect): // select 1,
		return w.begins(3) && before.shape == shapeNumber && t.isByte(',')
	case before.is(roleFrom): // select a, b from t
		return !t.is(roleArticle) && (t.shape == shapeWord || t.shape == shapeQuote || t.isByte('(')) && (w.selects() || w.alias())
	}
	return false
}

// selects reports whether there is, in front of a last but one token "from",
// what a query selects.
func (w *window) selects() bool {
	list := false
	for i := 2; i < windowSize-1; i++ {
		t := w.at(i)
		if t.is(roleSelect) {
			return w.begins(i+1) && (list || i == 3 && w.at(2).shape == shapeWord && !w.at(2).is(roleArticle))
		}
		list = list || t.isByte(',') || t.isByte('*') || t.isByte('(') || t.shape == shapeNumber || t.shape == shapeQuote
	}
	return false
}

// alias reports whether there is, in front of a last but one token "from", a
// name that is given to what a query selects: ) as x from.
func (w *window) alias() bool {
	quote := func(t *token) bool { return t.shape == shapeQuote }
	i := w.skip(2, quote)
	if w.at(i).shape == shapeWord && !w.at(i).is(roleAs) {
		i = w.skip(i+1, quote)
	}
	left := w.at(i + 1)
	return w.at(i).is(roleAs) && (quote(left) || left.shape == shapeNumber || left.isByte(')'))
}

// statement reports whether a statement begins or is recognized at the last
// token: behind a semicolon, or by more than one of its words.
func (w *window) statement() bool {
	t, before := w.at(0), w.at(1)
	switch {
	case w.seen&(roleStatement|roleRare|roleInsert|roleWait|roleCall|roleSleep) == 0:
		return false
	case t.is(roleStatement|roleRare) && before.isByte(';'): // '; drop
		last := w.at(2)
		return last.leave || last.text == "" || t.is(roleStatement) && (last.shape == shapeQuote || last.shape == shapeNumber || last.isByte(')'))
	case before.is(roleDefine) && t.is(roleObject): // drop table
		return w.begins(2)
	case t.isByte('('), t.is(roleSelect), equalFold("values", t.text): // insert into x (
		return w.inserts()
	case before.is(roleStatement) && w.at(2).isByte(';'): // ; select x
		return t.isByte('(') || t.isByte('[') || t.isByte('@') || t.isByte('*') || t.shape == shapeQuote || t.is(roleObject|roleFrom|roleInto)
	case before.is(roleDeclare): // declare @x
		return t.isByte('@')
	case before.isByte('(') && w.at(2).is(roleExecute): // exec('x'
		return t.isByte('@') || t.shape == shapeQuote
	case before.is(roleExecute): // exec @x, exec master..x
		return t.isByte('@') || t.is(roleCall|roleSleep) || equalFold("master", t.text) || equalFold("immediate", t.text)
	case t.is(roleWait): // waitfor delay
		return equalFold("waitfor", before.text)
	case equalFold("analyse", t.text):
		return equalFold("procedure", before.text)
	}
	return false
}

// inserts reports whether the tokens in front of the last one begin a
// statement that inserts into a table.
func (w *window) inserts() bool {
	quote := func(t *token) bool { return t.shape == shapeQuote }
	table := w.skip(1, quote)
	into := w.skip(table+1, quote)
	return w.at(into).is(roleInto) && w.at(into+1).is(roleInsert)
}

// clause reports whether the last token, a word, is a clause behind a quote
// that leaves a string: ' order by, ' having, ') union.
func (w *window) clause() bool {
	from := 1
	switch t := w.at(0); {
	case t.is(roleBy) && w.at(1).is(roleOrder):
		from = 2
	case !t.is(roleClause):
		return false
	}
	return w.at(w.skip(from, closing)).leave
}

// leaving reports whether the last token is what a connective compares or
// connects, which stands behind a quote that leaves a string: ' or 1,
// '||'x, ' like 'x.
func (w *window) leaving() bool {
	t := w.at(0)
	if !w.left || t.is(roleNot) {
		return false
	}
	i := w.skip(1, func(t *token) bool {
		return t.is(roleNot) || t.isByte('!') || t.isByte('~') || t.isByte('-') || t.isByte('+')
	})
	signs := i > 1
	if signs && w.at(w.skip(i, closing)).leave { // '+'x
		return t.shape == shapeQuote || t.isByte('(')
	}
	if !w.at(w.skip(i+1, closing)).leave {
		return false
	}
	switch connective := w.at(i); {
	case connective.logic(), connective.is(roleCompare):
		return t.operand() || t.is(roleSelect|roleCall|roleSleep) || signs && t.shape == shapeWord
	case connective.shape == shapeOperator:
		return t.operand()
	case connective.isByte('*'), connective.isByte('/'), connective.isByte('%'):
		return t.shape == shapeQuote || t.isByte('(')
	}
	return false
}

// condition reports whether the last token, an operator, compares a constant
// in a condition: or 1=, and (2<, having 'x'>.
func (w *window) condition() bool {
	left := w.at(1)
	switch quoted := left.shape == shapeQuote; {
	case !w.at(0).comparison(), !quoted && left.shape != shapeNumber && !left.is(roleConstant):
		return false
	case !quoted && w.at(2).isByte('(') && w.at(3).is(roleIf):
		return true
	case quoted && w.at(3).shape != shapeQuote:
		return false
	case quoted:
		left = w.at(w.skip(4, wrapping))
	default:
		left = w.at(w.skip(2, wrapping))
	}
	return left.logic() || left.is(roleCondition)
}

// call reports whether the last token opens the arguments of a function that
// only SQL servers have.
func (w *window) call() bool {
	t, name := w.at(0), w.at(1)
	if !t.isByte('(') {
		return false
	}
	switch {
	case name.is(roleSleep):
		return w.begins(2) || !w.at(2).isByte('.')
	case name.is(roleCall): // not a method
		return t.glued && !w.at(2).isByte('.') && (w.begins(2) || w.at(2).is(roleSelect) && w.begins(3))
	case name.is(roleCompare): // )like(
		return w.at(2).isByte(')')
	}
	return false
}

// ordering reports whether the last token, a number, is that of a column:
// order by 3, which tells how many there are.
func (w *window) ordering() bool {
	return w.at(1).is(roleBy) && w.at(2).is(roleOrder) && (w.at(3).shape == shapeNumber || w.at(3).shape == shapeQuote || w.at(3).isByte(')'))
}

// long reports whether t is a long hexadecimal number: text that is spelled so.
func long(t *token) bool {
	return t.shape == shapeNumber && len(t.text) >= len("0x4142") && t.text[1]|0x20 == 'x'
}

// cast reports whether the last token is a type that a value is cast to: ::int.
func (w *window) cast() bool {
	return w.at(0).is(roleType) && w.at(0).glued && w.at(1).isByte(':') && w.at(2).isByte(':')
}

// containment reports whether the last token, a quote, follows an operator
// that compares JSON values: {…}' @> ', {…}'::jsonb ? '.
func (w *window) containment() bool {
	i := w.skip(1, func(t *token) bool {
		return t.shape == shapeOperator || t.isByte('@') || t.isByte('-') || t.isByte('#') || t.isByte('?')
	})
	if i == 1 {
		return false
	}
	left := w.at(i)
	return left.shape == shapeQuote && (w.at(i+1).isByte('}') || w.at(i+1).isByte(']')) || left.is(roleType) && w.at(i+1).isByte(':')
}

// mongo reports whether the last token is an operator of MongoDB's queries:
// [$ne], {"$where".
func (w *window) mongo() bool {
	t, sign, left := w.at(0), w.at(1), w.at(2)
	return !w.strict && t.is(roleMongo) && t.glued && sign.isByte('$') && (left.isByte('[') || left.shape == shapeQuote || left.isByte('{'))
}
