package fetch

// An Admission lets a viewer's request go to the origin, or not. It is asked when
// that is settled: not for what is stored, nor for what another's fetch brings. It
// gives one answer, however often it is asked.
type Admission interface{ Admit() bool }

// admitted reports whether a request may go to the origin. What is fetched
// without a viewer may, and so may what goes on for those that were left behind.
func (r *Request) admitted() bool { return r.Admission == nil || r.rest != nil || r.Admission.Admit() }

// notAdmitted is the Result of a request that may not. It is nobody else's.
func notAdmitted() *Result { return &Result{Kind: KindNotAdmitted, Status: 429} }
