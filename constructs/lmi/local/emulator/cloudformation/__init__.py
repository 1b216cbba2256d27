"""
The engine that creates, updates, rolls back and deletes the stacks of the embedded AWS.

moto creates a resource when something looks it up, touches on update only what differs as text,
removes before it adds, never rolls back and tells nothing of single resources (moto 5.2.5:
cloudformation/models.py and parsing.py). This engine takes over the running of a stack; templates,
intrinsic functions and the resources themselves stay moto's.

* template   -- a template and its resources, checked as CloudFormation checks them before it begins
* order      -- what a resource refers to, and the order of creation
* resolve    -- a stack's values: parameters, conditions, resources, and the properties with all
  references resolved
* replacement-- which changes need a new physical resource
* resources  -- creating, updating and deleting one resource through moto
* events     -- the stack's events, in an order that their timestamps show
* run        -- create and update
* rollback   -- undoing what a failed run did
* delete     -- deleting a stack
* stack      -- moto's Stack, with what the engine keeps about it
* stacks     -- finding stacks, and beginning what is done to them
* change_sets, requests -- change sets, and the API calls that reach the engine
"""

import functools

from . import change_sets, requests, stacks


@functools.cache
def install() -> None:
    """Put the engine in the place of moto's, after the mends. A second call does nothing."""
    stacks.install()
    change_sets.install()
    requests.install()
