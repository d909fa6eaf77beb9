// The two menus of the top bar: where to go, and whom to be.

import { pickFrom, openMenu } from "./menus.js";
import { avatar } from "./naming.js";
import { destinations } from "./sidebar.js";

/** A field to type a channel's or a person's name into. */
export function openJump(anchor, state, { go, goDirect }) {
  const pick = (place) => (place.channel ? go(place.channel) : goDirect(place.user));
  pickFrom(anchor, "Jump to a channel or a person", destinations(state), pick);
}

/** Everybody one can act as, with what they may do. */
export function openActors(anchor, state, become) {
  const choices = state.actors.map((actor) => ({
    picture: avatar(state.users[actor.id], 24),
    nodes: [actor.name],
    description: roleWords(actor),
    choose: () => become(actor.id),
  }));
  openMenu(anchor, choices);
}

/** "admin", or "outsider, Partner" for somebody of another workspace. */
export function roleWords(actor) {
  return actor.outside ? `outsider, ${actor.outside}` : actor.role;
}
