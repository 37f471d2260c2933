package viewer

// maxShards bounds what is kept once for each shard.
const maxShards = 64

// Shards returns how many parts are worth having, on a machine of so many
// processors, of what requests write to by their Request.Shard: a power of two
// that is not below it, at most 64. The part of a request is its Shard modulo
// that number.
func Shards(processors int) int {
	n := 1
	for n < min(processors, maxShards) {
		n *= 2
	}
	return n
}
