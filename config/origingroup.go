package config

// OriginGroup is a pair of origins of which the second is asked when the first
// has no good answer (CF-OG). AWS's OriginGroup.
type OriginGroup struct {
	// Name is the local name, which no origin has; AWS's Id.
	Name string `config:"name,key"`

	// Members are the names of the primary and the secondary origin, in this
	// order (CF-OG-01).
	Members []string `config:"members,required"`

	// FailoverCriteria say when the secondary is asked.
	FailoverCriteria FailoverCriteria `config:"failover_criteria,required"`

	// SelectionCriteria is default, which always begins with the primary
	// (CF-OG-05).
	SelectionCriteria SelectionCriteria `config:"selection_criteria" default:"default"`
}

// FailoverCriteria is AWS's OriginGroupFailoverCriteria.
type FailoverCriteria struct {
	// StatusCodes are statuses of the primary that lead to the secondary: any
	// of 400, 403, 404, 416, 429, 500, 502, 503 and 504 (CF-OG-02). With 503 a
	// primary that cannot be connected to does so too, with 504 one that does
	// not answer in time (CF-OG-03).
	StatusCodes []int `config:"status_codes,required"`
}

// SelectionCriteria says how an origin group begins.
type SelectionCriteria string

// The selection criteria. The other one is for MediaPackage only (CF-OG-13).
const SelectionCriteriaDefault SelectionCriteria = "default"

func (SelectionCriteria) values() []string   { return []string{"default"} }
func (SelectionCriteria) notBuilt() []string { return []string{"media-quality-based"} }
