package listener

// TakePacketSlot is for tests that have no packets.
var TakePacketSlot = (*Server).takePacketSlot
