package listener

// TakePacketSlot is for tests that have no packets.
var TakePacketSlot = (*Server).takePacketSlot

// LingerTime is how long a connection is read that was ended, at least.
const LingerTime = lingerTime
