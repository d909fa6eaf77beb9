// The page's words with the simulator.

/** The state of the workspace as `me` sees it; see page/state.py for its shape. */
export async function fetchState({ me, channel, thread }) {
  const asked = new URLSearchParams(Object.entries({ me, channel, thread }).filter(([, value]) => value));
  return (await fetch(`/_page/state?${asked}`)).json();
}

/** The requests of both directions numbered beyond `after`. */
export async function fetchWire(after) {
  return (await fetch(`/_page/wire?after=${after}`)).json();
}

/** Do something by name: `{result}`, or `{error}` with a sentence where Slack's client would not let a person. */
export async function act(name, given) {
  try {
    const answer = await fetch(`/_page/do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    return await answer.json();
  } catch {
    return { error: "The simulator does not answer." };
  }
}

/** Call `changed` after each change of the workspace; `connection` hears true and false as it comes and goes. */
export function listen(changed, connection) {
  const source = new EventSource("/_page/changes");
  source.onopen = () => connection(true);
  source.onerror = () => connection(false);
  source.onmessage = () => changed();
}
