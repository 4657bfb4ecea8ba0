// What pages do beyond htmx. Every page reads, and every form works, without it.
'use strict';
