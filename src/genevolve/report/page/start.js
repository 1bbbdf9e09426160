// The last script: all views are there, and the first can be shown.
"use strict";

page.open(page.block("views"));
