// The page's own drawings, as paths on a 20 by 20 sheet.

const PATHS = {
  hash: "M8 3 6 17M14 3l-2 14M3.5 7.5h14M2.5 12.5h14",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  shared: "M3 13 9 4l2 3M17 7l-6 9-2-3",
  thread: "M3 4h14v9H9l-4 3.5V13H3z",
  close: "m5 5 10 10M15 5 5 15",
  down: "m5.5 8 4.5 4.5L14.5 8",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l4 4",
  send: "M3 3.5 17.5 10 3 16.5 5 10.7 11 10 5 9.3z",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 7.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z",
  inspect: "m7 5-5 5 5 5M13 5l5 5-5 5",
  smile: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM7.3 8h.01M12.7 8h.01M6.5 11.5c1.5 3 5.500 3 7 0",
  bolt: "M11 2 4 11h5l-1 7 7-9h-5z",
  wire: "M3 6h11l-3-3M17 14H6l3 3",
  people:
    "M7 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2 17c0-4 2-5.500 5-5.500s5 1.500 5 5.500M13 5a2.500 2.500 0 0 1 0 5M14.500 12c2.500.4 3.500 2 3.500 5",
  plus: "M10 4v12M4 10h12",
  warning: "M10 3 18 17H2zM10 8v4M10 14.500h.01",
  check: "m4 10.500 4 4 8-9",
  menu: "M3 5h14M3 10h14M3 15h14",
  calendar: "M3 5h14v12H3zM3 9h14M7 3v4M13 3v4",
  home: "M3 10 10 4l7 6M5 9v8h10V9",
};

/** A drawing of that name, hidden from screen readers: whoever shows it says in words what it means. */
export function icon(name, size = 18) {
  const sheet = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const shown = { viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true", class: "icon" };
  for (const [attribute, value] of Object.entries(shown)) sheet.setAttribute(attribute, value);
  drawn.setAttribute("d", PATHS[name]);
  sheet.append(drawn);
  return sheet;
}
