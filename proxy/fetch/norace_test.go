//go:build !race

package fetch

// slowViewers is how many viewers TestTenThousandSlowViewers has.
const slowViewers = 10_000
