/** The page of a conversation on paper: times in the reader's zone, then the printer. */
import { byId } from "./data.js";
import { markDays } from "./days.js";
import { writeTimes } from "./timers.js";

writeTimes();
markDays(document.querySelector(".timeline"));
byId("print").addEventListener("click", () => print());
addEventListener("load", () => print());
