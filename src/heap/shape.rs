//! Shapes: which attribute of an instance is in which slot. A shape belongs to one class, so that comparing shapes
//! compares classes too. An instance that outgrows its shape, or whose `__dict__` is asked for, keeps its attributes in a dict.

use super::NameMap;
use super::slab::Id;
use crate::objects::{Class, Str};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// The number of a shape.
pub type ShapeId = u32;

/// An instance with more attributes than this keeps them in a dict.
const MAX_SLOTS: usize = 64;

/// One shape.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shape {
    /// The class of every instance with this shape.
    pub class: Id<Class>,
    /// Attribute name -> slot, in the order of assignment.
    pub slots: NameMap<u32>,
    /// Slots before the first attribute: 1 when slot 0 is the value of a native base.
    pub first: u32,
    /// The attributes are in the dict at slot `first`; `slots` is empty.
    pub dictionary: bool,
    /// The shape without the last attribute.
    before: Option<ShapeId>,
    next: HashMap<Id<Str>, ShapeId, BuildHasherDefault<rustc_hash::FxHasher>>,
    as_dictionary: Option<ShapeId>,
}

/// All shapes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shapes {
    shapes: Vec<Shape>,
}

impl Shapes {
    /// The shape an instance of a new class begins with.
    pub fn root(&mut self, class: Id<Class>, has_payload: bool) -> ShapeId {
        self.push(Shape {
            class,
            slots: NameMap::default(),
            first: u32::from(has_payload),
            dictionary: false,
            before: None,
            next: HashMap::default(),
            as_dictionary: None,
        })
    }

    fn push(&mut self, shape: Shape) -> ShapeId {
        self.shapes.push(shape);
        self.shapes.len() as ShapeId - 1
    }

    /// The shape with one more attribute, or None when there are too many for a shape.
    pub fn with_attribute(&mut self, shape: ShapeId, name: Id<Str>) -> Option<ShapeId> {
        let old = &self.shapes[shape as usize];
        if let Some(&next) = old.next.get(&name) {
            return Some(next);
        }
        if old.slots.len() >= MAX_SLOTS {
            return None;
        }
        let mut new = Shape {
            before: Some(shape),
            next: HashMap::default(),
            as_dictionary: None,
            ..old.clone()
        };
        let slot = new.first + new.slots.len() as u32;
        new.slots.insert(name, slot);
        let id = self.push(new);
        self.shapes[shape as usize].next.insert(name, id);
        Some(id)
    }

    /// The shape without an attribute that is the last.
    pub fn without_last(&self, shape: ShapeId, name: Id<Str>) -> Option<ShapeId> {
        let shape = &self.shapes[shape as usize];
        let (&last, _) = shape.slots.last()?;
        shape.before.filter(|_| last == name)
    }

    /// The shape without one of the attributes: that of an instance which never had it.
    pub fn without(&mut self, shape: ShapeId, name: Id<Str>) -> Option<ShapeId> {
        let at = self[shape].slots.get_index_of(&name)?;
        let later: Vec<Id<Str>> = self[shape].slots.keys().skip(at + 1).copied().collect();
        let mut without = shape;
        for _ in at..self[shape].slots.len() {
            without = self[without].before?;
        }
        for name in later {
            without = self.with_attribute(without, name)?;
        }
        Some(without)
    }

    /// The shape of the same class whose attributes are in a dict.
    pub fn dictionary(&mut self, shape: ShapeId) -> ShapeId {
        let old = &self.shapes[shape as usize];
        if let Some(id) = old.as_dictionary {
            return id;
        }
        let new = Shape {
            class: old.class,
            slots: NameMap::default(),
            first: old.first,
            dictionary: true,
            before: None,
            next: HashMap::default(),
            as_dictionary: None,
        };
        let id = self.push(new);
        self.shapes[shape as usize].as_dictionary = Some(id);
        id
    }

    /// The names all shapes mention, for the collector.
    pub fn names(&self) -> impl Iterator<Item = Id<Str>> {
        self.shapes
            .iter()
            .flat_map(|shape| shape.slots.keys().copied())
    }
}

impl std::ops::Index<ShapeId> for Shapes {
    type Output = Shape;
    fn index(&self, id: ShapeId) -> &Shape {
        &self.shapes[id as usize]
    }
}
