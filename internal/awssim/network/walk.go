package network

import (
	"fmt"
	"slices"
	"strings"
)

// mostMiddleboxes is how many middleboxes a packet passes before it is taken to go round in a
// circle.
const mostMiddleboxes = 4

// Send walks a packet from an interface to its destination, and the reply back, and returns
// an error that says what dropped it; nil means that it got there and the reply came back.
//
// Security groups are stateful, so only the request is held against them; network ACLs are
// stateless and stand at subnet borders, so both directions are; each side's route table
// must know the way. What lies behind a gateway is not walked: World.Dark says what of it
// answers.
func (w *World) Send(from *Interface, p Packet) error {
	if err := w.Leaves(from, p); err != nil {
		return err
	}
	near := w.Subnets[from.Subnet]
	there, err := w.carry(near, p, nil)
	if err != nil {
		return err
	}
	if there.to == nil {
		back := p.Reply()
		if err := w.EntersSubnet(there.last, back); err != nil {
			return fmt.Errorf("reply: %w", err)
		}
		return nil
	}
	p.Unnamed = p.Unnamed || len(there.through) > 0
	if err := w.Enters(there.to, p); err != nil {
		return err
	}
	back, err := w.carry(w.Subnets[there.to.Subnet], p.Reply(), there.through)
	switch {
	case err != nil:
		return fmt.Errorf("reply: %w", err)
	case back.to != from:
		return fmt.Errorf("reply: %s does not come back to %s", p.Reply(), from.ID)
	}
	return nil
}

// An arrival is where a packet came to.
type arrival struct {
	to      *Interface   // nil: it went out through a gateway
	last    *Subnet      // the last subnet that it left
	through []*Interface // the middleboxes that it passed
}

// carry takes a packet from a subnet along the routes to an interface or out through a
// gateway. Packets inside one subnet ask no route. Middleboxes that know the flow already do
// not hold the packet against their groups.
func (w *World) carry(near *Subnet, p Packet, know []*Interface) (arrival, error) {
	at := arrival{last: near}
	for range mostMiddleboxes {
		to, box, err := w.next(at.last, p)
		if err != nil {
			return at, err
		}
		if box == nil {
			at.to = to
			return at, w.lands(at, p)
		}
		if err := w.passes(at.last, box, p, slices.Contains(know, box)); err != nil {
			return at, err
		}
		at.through, at.last, p.Unnamed = append(at.through, box), w.Subnets[box.Subnet], true
	}
	return at, fmt.Errorf("%s goes round in a circle", p)
}

// lands holds a packet against the network ACLs of its last stretch.
func (w *World) lands(at arrival, p Packet) error {
	if at.to == nil {
		return w.LeavesSubnet(at.last, p)
	}
	return w.crosses(at.last, w.Subnets[at.to.Subnet], p)
}

// next returns the interface to which a subnet's packets to an address go, or the middlebox;
// neither where they leave through a gateway.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
func (w *World) next(s *Subnet, p Packet) (to, box *Interface, err error) {
	dst := p.Dst.Addr()
	if i := w.InterfaceAt(s.VPC, dst); i != nil && i.Subnet == s.ID {
		return i, nil, nil
	}
	r, err := w.wayTo(s, dst)
	if err != nil {
		return nil, nil, err
	}
	switch kind, _, _ := strings.Cut(r.Target, "-"); kind {
	case "local":
		to, err = w.mustHave(s.VPC, dst)
	case "pcx":
		to, err = w.acrossPeering(r, s.VPC, dst)
	case "eni":
		box = w.Interfaces[r.Target]
		switch {
		case box == nil || !box.Forwards && !slices.Contains(box.Addrs, dst):
			err = fmt.Errorf("interface %s forwards no %s", r.Target, p)
		case slices.Contains(box.Addrs, dst):
			to, box = box, nil
		}
	default:
		err = w.delivers(r, dst)
	}
	return to, box, err
}

// passes takes a packet through a middlebox: over the border of its subnet, and past its
// groups both ways unless it knows the flow.
func (w *World) passes(near *Subnet, box *Interface, p Packet, knows bool) error {
	if err := w.crosses(near, w.Subnets[box.Subnet], p); err != nil {
		return err
	}
	if knows {
		return nil
	}
	if err := w.Enters(box, p); err != nil {
		return err
	}
	return w.Leaves(box, p)
}
