package fetch

import "strings"

// Layer says which cache toward the origin had what a fetch got.
type Layer uint8

// The layers.
const (
	LayerOrigin Layer = iota // none that we know of: the origin was asked
	LayerShield              // Origin Shield (CF-OS-03)
	layerCount
)

var layerNames = [layerCount]string{"origin", "shield"}

// String returns the layer in lower case.
func (l Layer) String() string {
	if l < layerCount {
		return layerNames[l]
	}
	return "Layer(?)"
}

// layer tells it by the X-Cache of an origin that is said to be a shield. What
// another says of itself counts for nothing.
func (ft *Fetch) layer() Layer {
	if ft.member.Origin.Shield != "" && strings.HasPrefix(ft.answered.Fields.Get("X-Cache"), "Hit ") {
		return LayerShield
	}
	return LayerOrigin
}
