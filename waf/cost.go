package waf

import "slices"

// sortByCost puts the statements of an And or an Or that cost little before
// those that cost much, where nobody can tell: no statement among them may label
// a request, count it, or keep the rule from being applied at all, and of those
// of an Or that match the first is in log records, if it is a detector's
// (WF-ORD-06).
func sortByCost(kind statementKind, nested []statement) {
	for i := range nested {
		if !nested[i].movable(kind) {
			return
		}
	}
	slices.SortStableFunc(nested, func(a, b statement) int { return a.cost() - b.cost() })
}

func (s *statement) movable(within statementKind) bool {
	switch s.kind {
	case statementAnd, statementOr, statementNot:
		for i := range s.nested {
			if !s.nested[i].movable(within) {
				return false
			}
		}
		return true
	case statementIPSet, statementLabel:
		return true
	case statementLeaf:
		return s.leaf.labels == nil && (within == statementAnd || s.leaf.kind < leafSqliLow)
	}
	return false
}

// cost orders statements; its unit means nothing.
func (s *statement) cost() (sum int) {
	switch s.kind {
	case statementIPSet, statementLabel:
		return 1
	case statementLeaf:
		return s.leaf.cost()
	}
	for i := range s.nested {
		sum += s.nested[i].cost()
	}
	return sum
}

func (l *leaf) cost() int {
	cost := 2
	switch l.kind {
	case leafContains, leafContainsWord, leafWords:
		cost = 4
	case leafRegex, leafScan:
		cost = 8
	case leafSqliLow, leafSqliHigh, leafSqliPatterns, leafXss:
		cost = 16
	}
	switch l.inspection.Field.Kind {
	case FieldMethod, FieldUriPath, FieldJA3Fingerprint, FieldJA4Fingerprint, FieldUriFragment:
	case FieldBody, FieldJsonBody, FieldForm:
		cost *= 64
	default:
		cost *= 2
	}
	return cost + 4*len(l.inspection.Transformations)
}
