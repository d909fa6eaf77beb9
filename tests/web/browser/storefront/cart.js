// A page with the SDK as people set it up. `window.shop` is what a test says of it, and what the SDK itself saw of
// each report: the id of the event, and the status of the answer.
shop.answers = [];
Sentry.init({
  dsn: shop.dsn,
  release: "storefront@2.0.1",
  environment: "production",
  transport: shop.isZipping ? (options) => Sentry.makeFetchTransport(options, sendZipped) : undefined,
  transportOptions: { headers: shop.headers },
});
Sentry.getClient().on("afterSendEvent", (event, { statusCode }) => shop.answers.push([event.event_id, statusCode]));

async function sendZipped(url, options) {
  const zipped = new Blob([options.body]).stream().pipeThrough(new CompressionStream("gzip"));
  const headers = { ...options.headers, "Content-Encoding": "gzip" };
  return fetch(url, { ...options, headers, body: await new Response(zipped).arrayBuffer() });
}

function orderId() {
  return document.querySelector("#order").value;
}

function requireLines(order) {
  if (!order.lines) {
    throw new TypeError(`order ${order.id} has no lines`);
  }
  return order.lines;
}

async function reserve(order) {
  throw new RangeError(`order ${order.id} has too many lines`);
}

function authorize(order) {
  throw new RangeError(`order ${order.id}: card declined`);
}

function pay(order) {
  try {
    authorize(order);
  } catch (error) {
    throw new Error(`order ${order.id} was not paid`, { cause: error });
  }
}

function payOrReport() {
  try {
    pay({ id: orderId() });
  } catch (error) {
    Sentry.captureException(error);
  }
}

function onPress(id, listener) {
  document.querySelector(id).addEventListener("click", listener);
}

onPress("#check-out", () => requireLines({ id: orderId() }));
onPress("#reserve", () => void reserve({ id: orderId() }));
onPress("#pay", payOrReport);
onPress("#wait", () => Sentry.captureMessage(`order ${orderId()} took 3.5 s`));
